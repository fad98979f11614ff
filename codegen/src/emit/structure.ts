import type {
  StatementStructures,
  StructureKind,
  VariableDeclarationKind,
  WriterFunction,
} from 'ts-morph'
import type { Code, Comment } from './code.ts'

/**
 * A structure of ts-morph in which all text is {@link Code} or a {@link Comment}: names and values from a document
 * enter a module only as identifiers, quoted literals and comments. Symbols get their names when the code is printed.
 */
export type Coded<S> = {
  readonly [K in keyof S]: K extends 'docs'
    ? readonly Comment[]
    : K extends 'moduleSpecifier'
      ? string
      : CodedValue<S[K]>
}

type CodedValue<V> = V extends StructureKind | VariableDeclarationKind | boolean | undefined
  ? V
  : V extends WriterFunction
    ? never
    : V extends string
      ? Code
      : V extends readonly (infer Item)[]
        ? readonly CodedValue<Item>[]
        : V extends object
          ? Coded<V>
          : V

/** A statement of a module: a structure, or code if ts-morph has no structure for it. */
export type Statement = Coded<StatementStructures> | Code
