import { delimiter, dirname, join } from 'node:path'
import { ROOT } from './packages.ts'

/** Variables set by `npm run`, or to make Node resolve sources. The registry setting is kept. */
const OF_THE_REPOSITORY = /^(npm_(?!config_registry$)|NODE_(OPTIONS|PATH|ENV)$|INIT_CWD$|PATH$)/i

/**
 * The environment of a user with only Node and npm: without the repository's commands, and without options that
 * make Node load its sources. Puts the current Node first.
 */
export function foreignEnvironment(
  env: NodeJS.ProcessEnv = process.env,
  root: string = ROOT,
  node: string = dirname(process.execPath),
): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !OF_THE_REPOSITORY.test(name))
  const path = (env.PATH ?? '')
    .split(delimiter)
    .filter((folder) => !folder.startsWith(join(root, '/')))
  return { ...Object.fromEntries(kept), PATH: [node, ...path].join(delimiter), NO_COLOR: '1' }
}
