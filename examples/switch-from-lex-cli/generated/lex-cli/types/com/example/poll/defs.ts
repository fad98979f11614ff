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

const is$typed = _is$typed,
  validate = _validate
const id = 'com.example.poll.defs'

export interface Poll {
  $type?: 'com.example.poll.defs#poll'
  id: string
  question: string
  choices: Choice[]
}

const hashPoll = 'poll'

export function isPoll<V>(v: V) {
  return is$typed(v, id, hashPoll)
}

export function validatePoll<V>(v: V) {
  return validate<Poll & V>(v, id, hashPoll)
}

export interface Choice {
  $type?: 'com.example.poll.defs#choice'
  text: string
  votes: number
}

const hashChoice = 'choice'

export function isChoice<V>(v: V) {
  return is$typed(v, id, hashChoice)
}

export function validateChoice<V>(v: V) {
  return validate<Choice & V>(v, id, hashChoice)
}
