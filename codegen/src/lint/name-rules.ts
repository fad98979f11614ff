import type { Rule } from './finding.ts'

/** Rules about names and the structure of documents: the conventions of published lexicons. */
export const NAME_RULES: readonly Rule[] = [
  {
    name: 'name-syntax',
    severity: 'info',
    finds: 'A definition, property or parameter has a name that is not plain letters and digits.',
    help: 'Use letters and digits, begin with a letter, and avoid "type" and "id".',
    schema({ path, as, name }, tell) {
      const isNamed = as === 'definition' || as === 'property' || as === 'parameter'
      // Another rule reports names with "$".
      if (!isNamed || name.startsWith('$')) return
      if (name === 'type' || name === 'id') tell(path, `"${name}" is reserved in many languages.`)
      else if (!/^[A-Za-z][A-Za-z0-9]{0,254}$/.test(name)) {
        tell(path, `${JSON.stringify(name)} is an unusual name.`)
      }
    },
    example: { type: 'object', properties: { 'first-name': { type: 'integer' } } },
  },
  {
    name: 'missing-main',
    severity: 'info',
    finds: 'A document not named "defs" has no main definition.',
    help: 'Add "main", or name the document "defs".',
    document({ id, defs }, tell) {
      if (!id.endsWith('.defs') && defs.main === undefined) tell(['defs'], 'There is no "main".')
    },
    example: { 'com.example.thing': { view: { type: 'object' } } },
  },
  {
    name: 'main-in-defs',
    finds: 'A document named "defs" has a main definition.',
    help: 'Give the definition another name, or rename the document.',
    document({ id, defs }, tell) {
      if (id.endsWith('.defs') && defs.main)
        tell(['defs', 'main'], 'Documents named "defs" have no main definition.')
    },
    example: { 'com.example.defs': { main: { type: 'object' } } },
  },
  {
    name: 'undescribed-token',
    severity: 'info',
    finds: 'A token has no description, its only content.',
    help: 'Say in a sentence what it means.',
    schema({ schema, path }, tell) {
      if (schema.type === 'token' && !schema.description) {
        tell([...path, 'type'], 'This token has no description.')
      }
    },
    example: { type: 'token' },
  },
]
