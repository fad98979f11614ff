import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { configSchema } from './json-schema.ts'
import { checkConfig } from './schema.ts'

const validate = new Ajv2020({ strict: false }).compile(configSchema())

describe('the JSON schema of the configuration', () => {
  it('is the published one', async () => {
    const file = join(import.meta.dirname, '../../config.schema.json')
    // When this fails: node --conditions=@lexwright/source codegen/src/testing/reference-tables.ts
    expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(configSchema())
  })

  it.each<[object, boolean]>([
    [{}, true],
    [{ $schema: './node_modules/@lexwright/codegen/config.schema.json' }, true],
    [{ lexicons: ['lexicons', 'npm:@atproto/api'], out: 'src/api', importExt: 'ts' }, true],
    [{ include: ['com.example.*', '*'], import: { 'com.atproto.*': '@example/lexicons' } }, true],
    [{ strict: ['blobs'], openapi: true, lint: { 'closed-enum': 'off' } }, true],
    [{ lexicons: [] }, false],
    [{ lexicons: 'lexicons' }, false],
    [{ out: 7 }, false],
    [{ importExt: 'mjs' }, false],
    [{ include: ['com.*.get'] }, false],
    [{ import: { 'com.*.get': 'x' } }, false],
    [{ strict: ['all'] }, false],
    [{ lint: { 'closed-enum': 'loud' } }, false],
    [{ lexicon: ['lexicons'] }, false],
  ])('reports for %j what the command prints', (config, isValid) => {
    expect(checkConfig(config, 'lexwright.config.json', []).problems.length === 0).toBe(isValid)
    expect(validate(config)).toBe(isValid)
  })
})
