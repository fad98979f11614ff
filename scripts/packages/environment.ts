import { delimiter, dirname, join } from 'node:path'
import { ROOT } from './packages.ts'

/** Set by `npm run`, or to make Node find sources. What leads to a registry stays. */
const OF_THE_REPOSITORY = /^(npm_(?!config_registry$)|NODE_(OPTIONS|PATH|ENV)$|INIT_CWD$|PATH$)/i

/**
 * The environment of somebody who has Node and npm, and nothing of this repository: no commands of its packages, no
 * options that would make Node load their sources. The Node in front is the one that runs this.
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
