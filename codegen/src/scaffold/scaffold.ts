import { posix } from 'node:path'
import {
  type Diagnostic,
  Node,
  type ObjectLiteralElementLike,
  Project,
  type SourceFile,
  ts,
} from 'ts-morph'
import type { DocumentModel, Model, NamespaceMember, NamespaceModel } from '../ir/model.ts'
import { NameScope } from '../ir/names.ts'
import type { ImportExtension } from '../print/imports.ts'
import { addImports, addProperties, type Edit, edited, namesIn } from './edits.ts'
import {
  findHandlers,
  type HandlerFile,
  handlerText,
  importedName,
  specifierTo,
  withoutEnding,
} from './handlers.ts'
import { findImplementations, type Implementation, placeOf } from './implementations.ts'
import { type Style, styleOf } from './style.ts'

/** A source file of the project; its path has forward slashes and is below the working folder. */
export interface ProjectSource {
  readonly path: string
  readonly text: string
}

export interface ScaffoldOptions {
  /** The source folder; handlers are written to its `handlers`. */
  readonly folder: string
  /** The folder of the generated modules. */
  readonly out: string
  readonly importExtension: ImportExtension
}

export interface ScaffoldPlan {
  readonly create: readonly ProjectSource[]
  readonly update: readonly ProjectSource[]
  /** Places that could not be resolved, each with advice. */
  readonly notes: readonly string[]
}

/**
 * Writes a handler for each method without one, and adds it to the object passed to `implement`. Changes nothing
 * else; places that are not literal are reported instead.
 */
export function scaffold(
  model: Model,
  sources: readonly ProjectSource[],
  options: ScaffoldOptions,
): ScaffoldPlan {
  const project = new Project({
    useInMemoryFileSystem: true,
    skipLoadingLibFiles: true,
    skipFileDependencyResolution: true,
  })
  const files = sources.map(({ path, text }) => project.createSourceFile(`/${path}`, text))
  const broken = syntaxErrors(project)
  if (broken.length > 0) return { create: [], update: [], notes: broken }
  const found = findImplementations(files, model)
  const implemented = found.implementations.map(({ namespace }) => namespace)
  const known = new Set([...implemented, ...found.unread])
  const scaffolder = new Scaffolder({ model, files, known, options })
  for (const implementation of found.implementations) scaffolder.complete(implementation)
  const forgotten = model.namespaces.flatMap((one) => unimplemented(one, known))
  const { create, update } = scaffolder.plan()
  const marks = new Map(sources.map(({ path, text }) => [path, text.startsWith(MARK) ? MARK : '']))
  return {
    create,
    update: update.map(({ path, text }) => ({ path, text: (marks.get(path) ?? '') + text })),
    notes: [
      ...found.notes,
      ...scaffolder.notes,
      ...forgotten.map(
        ({ path }) =>
          `${path}: nothing implements it. Write implement(server.${path}, {}) where the server is made, and run this again.`,
      ),
    ],
  }
}

/** The byte order mark, which ts-morph removes. */
const MARK = '\ufeff'

/** The first syntax error of each file: an edit would move it, and hide its cause. */
function syntaxErrors(project: Project): string[] {
  const errors = project.getProgram().getSyntacticDiagnostics()
  const first = new Map(errors.toReversed().map((one) => [one.getSourceFile(), one]))
  return [...first.values()].map((one) => {
    const place = `${one.getSourceFile().getFilePath().slice(1)}:${one.getLineNumber()}`
    return `${place}: this does not parse: ${messageOf(one)} Correct it, and run this again.`
  })
}

function messageOf(error: Diagnostic): string {
  const text = error.getMessageText()
  return typeof text === 'string' ? text : text.getMessageText()
}

/** Namespaces with methods for which neither they nor a parent are implemented. */
function unimplemented(
  one: NamespaceModel,
  known: ReadonlySet<NamespaceModel>,
): readonly NamespaceModel[] {
  if (known.has(one)) return []
  const below = one.children.flatMap((child) => unimplemented(child, known))
  return one.methods.length > 0 ? [one, ...below] : below
}

interface Setting {
  readonly model: Model
  readonly files: readonly SourceFile[]
  /** The namespaces with a call of `implement`. */
  readonly known: ReadonlySet<NamespaceModel>
  readonly options: ScaffoldOptions
}

/** The name of a property; `undefined` for a spread or a computed name. */
function nameOf(property: ObjectLiteralElementLike): string | undefined {
  if (Node.isSpreadAssignment(property)) return undefined
  if (Node.isShorthandPropertyAssignment(property)) return property.getName()
  const node = property.getNameNode()
  if (Node.isComputedPropertyName(node)) {
    const value = node.getExpression()
    return Node.isStringLiteral(value) ? value.getLiteralText() : undefined
  }
  return Node.isStringLiteral(node) ? node.getLiteralText() : property.getName()
}

class Scaffolder {
  readonly notes: string[] = []
  readonly #documents: ReadonlyMap<string, DocumentModel>
  readonly #files: readonly SourceFile[]
  readonly #known: ReadonlySet<NamespaceModel>
  readonly #options: ScaffoldOptions
  readonly #created: ProjectSource[] = []
  readonly #edits = new Map<SourceFile, Edit[]>()
  readonly #imports = new Map<SourceFile, string[]>()
  readonly #names = new Map<SourceFile, NameScope>()
  readonly #paths: NameScope
  /** The handlers of methods, also those to be written: several objects may lack the same one. */
  readonly #own = new Map<string, HandlerFile>()

  constructor({ model, files, known, options }: Setting) {
    this.#documents = new Map(model.documents.map((document) => [document.nsid, document]))
    this.#files = files
    this.#known = known
    this.#options = options
    this.#paths = new NameScope(files.map((file) => withoutEnding(file.getFilePath().slice(1))))
  }

  /** Each object must be complete: `implement` takes no other. */
  complete({ namespace, object }: Implementation): void {
    const present = new Map<string, Node>()
    for (const property of object.getProperties()) {
      const name = nameOf(property)
      if (name === undefined) {
        this.notes.push(
          `${placeOf(property)}: cannot tell which handlers of ${namespace.path} are in \`${property.getText()}\`. Add the missing ones yourself.`,
        )
        return
      }
      present.set(name, property)
    }
    const missing = namespace.methods.filter(({ property }) => !present.has(property))
    const added = missing.flatMap((method) => this.#propertyFor(method, object.getSourceFile()))
    if (added.length > 0) this.#edit(object.getSourceFile(), addProperties(object, added))
    for (const child of namespace.children) {
      const property = present.get(child.property)
      if (!property) continue
      const value = Node.isPropertyAssignment(property) ? property.getInitializer() : undefined
      if (Node.isObjectLiteralExpression(value)) this.complete({ namespace: child, object: value })
      else if (this.#lacksHandler(child)) {
        this.notes.push(
          `${placeOf(property)}: the handlers of ${child.path} are not an object literal here. Add the missing ones there.`,
        )
      }
    }
    this.#absentChildren(namespace, object, present)
  }

  /** True if a method of a namespace, or of one below it, has no handler in the sources. */
  #lacksHandler({ methods, children }: NamespaceModel): boolean {
    return (
      methods.some(({ nsid }) => {
        const document = this.#documents.get(nsid)
        return (
          document && findHandlers(this.#files, this.#moduleOf(document)).constants.length !== 1
        )
      }) || children.some((child) => this.#lacksHandler(child))
    )
  }

  #absentChildren(
    namespace: NamespaceModel,
    object: Node,
    present: ReadonlyMap<string, Node>,
  ): void {
    for (const child of namespace.children) {
      if (present.has(child.property) || unimplemented(child, this.#known).length === 0) continue
      this.notes.push(
        `${placeOf(object)}: ${child.path} is missing. Add \`${child.property}: {}\` there, or implement(server.${child.path}, {}), and run this again.`,
      )
    }
  }

  plan(): Pick<ScaffoldPlan, 'create' | 'update'> {
    const update = [...this.#edits].map(([file, edits]) => ({
      path: file.getFilePath().slice(1),
      text: edited(file, [...addImports(file, this.#imports.get(file) ?? []), ...edits]),
    }))
    return { create: this.#created, update }
  }

  /** `//= greet`, or `//= delete: deleteHandler` if the name is not available. */
  #propertyFor({ nsid, property }: NamespaceMember, file: SourceFile): string[] {
    const document = this.#documents.get(nsid)
    if (!document) return []
    const { constants, others } = findHandlers(this.#files, this.#moduleOf(document))
    const [only, ...more] = constants
    if (more.length > 0) {
      const places = constants.map(({ path, exported }) => `${exported} in ${path}`).join(', ')
      this.notes.push(
        `${nsid}: several constants are its handler: ${places}. Add one of them yourself.`,
      )
      return []
    }
    if (!only && others.length > 0) {
      this.notes.push(
        `${nsid}: ${others.join(', ')} uses the type of its handler, but exports no constant of that type. Add the handler yourself.`,
      )
      return []
    }
    const handler = only ?? this.#own.get(nsid) ?? this.#create(document, property, styleOf(file))
    this.#own.set(nsid, handler)
    const known = importedName(file, handler)
    if (known !== undefined) return [known === property ? property : `${property}: ${known}`]
    const names = this.#names.get(file) ?? new NameScope(namesIn(file))
    this.#names.set(file, names)
    const taken = names.has(handler.exported)
    const local = names.take(taken ? `${property}Handler` : handler.exported)
    this.#import(file, handler, local)
    return [local === property ? property : `${property}: ${local}`]
  }

  #create(document: DocumentModel, property: string, style: Style): HandlerFile {
    const exported = isReserved(property) ? `${property}Handler` : property
    const base = posix.join(this.#options.folder, 'handlers', property)
    const path = `${this.#paths.take(base)}.ts`
    const specifier =
      document.package === undefined
        ? specifierTo(path, this.#moduleOf(document), this.#options.importExtension)
        : this.#moduleOf(document)
    this.#created.push({ path, text: handlerText(document, { exported, specifier, style }) })
    return { path, exported }
  }

  #moduleOf({ module, package: from }: DocumentModel): string {
    return from === undefined ? posix.join(this.#options.out, module) : `${from}/${module}`
  }

  #import(file: SourceFile, { path, exported }: HandlerFile, local: string): void {
    const from = file.getFilePath().slice(1)
    if (path === from) return
    const { quote, semicolon } = styleOf(file)
    const specifier = specifierTo(from, withoutEnding(path), this.#options.importExtension)
    const names = local === exported ? exported : `${exported} as ${local}`
    const text = `import { ${names} } from ${quote}${specifier}${quote}${semicolon ? ';' : ''}`
    this.#imports.set(file, [...(this.#imports.get(file) ?? []), text])
  }

  #edit(file: SourceFile, edits: readonly Edit[]): void {
    this.#edits.set(file, [...(this.#edits.get(file) ?? []), ...edits])
  }
}

/** True for words that cannot be the name of a constant. */
function isReserved(word: string): boolean {
  const kind = ts.createScanner(ts.ScriptTarget.Latest, true, undefined, word).scan()
  const { FirstReservedWord, LastFutureReservedWord } = ts.SyntaxKind
  const isKeyword = kind >= FirstReservedWord && kind <= LastFutureReservedWord
  return isKeyword || ['arguments', 'await', 'eval'].includes(word)
}
