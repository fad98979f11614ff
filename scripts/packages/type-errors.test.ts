import { describe, expect, it } from '@jest/globals'
import { typeErrorsOf } from './type-errors.ts'

const theirs = `node_modules/@atproto/xrpc-server/dist/server.d.ts(2,59): error TS7016: Could not find a declaration file for module 'express'. '/tmp/x/node_modules/express/index.js' has an 'any' type.
  Try \`npm i --save-dev @types/express\` if it exists.`
const nested = `node_modules/@lexwright/xrpc/node_modules/ws/index.d.ts(1,1): error TS1005: ';' expected.`
const packaged = `node_modules/@lexwright/xrpc/dist/index.d.ts(1,8): error TS2307: Cannot find module 'x'.`
const source = `src/main.ts(1,8): error TS2307: Cannot find module '/a/node_modules/@types/x'.`
const nowhere = `error TS18003: No inputs were found in config file.`

describe('typeErrorsOf', () => {
  it('tells ours from those of others, with all their lines', () => {
    const output = [theirs, source, nested, packaged, nowhere, ''].join('\n')
    expect(typeErrorsOf(output)).toEqual({
      ours: [source, packaged, nowhere],
      others: [theirs, nested],
    })
  })

  it('finds none where there are none', () => {
    expect(typeErrorsOf('')).toEqual({ ours: [], others: [] })
  })
})
