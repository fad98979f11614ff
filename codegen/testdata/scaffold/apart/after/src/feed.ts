import type * as Get from '../generated/types/com/example/feed/get.ts'

export const get: Get.Handler = async () => {}
