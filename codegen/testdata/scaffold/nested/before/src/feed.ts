import type { Handler as Get } from '../generated/types/com/example/feed/get.ts'

export const getFeed: Get = async () => {}
