/**
 * GENERATED CODE - DO NOT MODIFY
 */
import { type ValidationResult, BlobRef } from '@atproto/lexicon'
import { CID } from 'multiformats/cid'
import { validate as _validate } from '../../../../lexicons.js'
import {
  type $Typed,
  is$typed as _is$typed,
  type OmitKey,
} from '../../../../util.js'
import type * as ComExamplePollDefs from './defs.js'

const is$typed = _is$typed,
  validate = _validate
const id = 'com.example.poll.get'

export type QueryParams = {
  id: string
  top: number
}
export type InputSchema = undefined
export type OutputSchema = ComExamplePollDefs.Poll
export type HandlerInput = void

export interface HandlerSuccess {
  encoding: 'application/json'
  body: OutputSchema
  headers?: { [key: string]: string }
}

export interface HandlerError {
  status: number
  message?: string
  error?: 'PollNotFound'
}

export type HandlerOutput = HandlerError | HandlerSuccess
