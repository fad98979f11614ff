export const others = {}
export const handlers = {}
