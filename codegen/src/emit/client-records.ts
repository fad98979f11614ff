import type { NamespaceModel } from '../ir/model.ts'
import { type Code, code, docs, name } from './code.ts'
import { documentModule } from './module.ts'
import type { Field, MethodModules } from './namespaces.ts'
import { runtime } from './runtime-symbols.ts'

//= /** A post. */
//= readonly post: RecordClient<ComExampleFeedPost.Main>;
/** The record collections of a namespace, as properties of its class. */
export function recordFields({ records }: NamespaceModel, modules: MethodModules): Field[] {
  return records.map(({ nsid, property }) => {
    const document = modules.document(nsid)
    const main = document.definitions.find((one) => one.kind === 'record')
    if (!main) throw new Error(`${nsid} is not a record`)
    const type = code`${documentModule(document, true)}.${name(main.names.type)}`
    return {
      docs: docs(main.description),
      isReadonly: true,
      name: name(property),
      type: code`${runtime.RecordClient}<${type}>`,
    }
  })
}

//= this.post = new RecordClient(client, 'com.example.feed.post');
//= this.profile = new RecordClient(client, 'com.example.profile', 'self');
/** A record whose key is a literal is created under that key. */
export function recordInstances(
  { records }: NamespaceModel,
  modules: MethodModules,
  client: Code,
): Code[] {
  return records.map(({ nsid, property }) => {
    const { main } = modules.document(nsid).source.defs
    const literal = main?.type === 'record' ? /^literal:(.+)$/.exec(main.key ?? '')?.[1] : undefined
    const key = literal === undefined ? code`` : code`, ${literal}`
    return code`this.${name(property)} = new ${runtime.RecordClient}(${client}, ${nsid}${key});`
  })
}
