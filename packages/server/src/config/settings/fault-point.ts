import { type FaultPoint, faultPoints } from '@lexwright/account/settings'
import { type Reader, ValueError } from '../value.ts'

/** Where the process is to die. */
export interface FaultPointSetting {
  readonly point: FaultPoint
  /** When it gets there for this time; from 1. */
  readonly times: number
}

/** `create:reserved`, or `create:reserved@3` for the third time. */
export const faultPoint: Reader<FaultPointSetting> = (text) => {
  const [, name, times = '1'] = /^([^@]*)(?:@([1-9]\d{0,8}))?$/.exec(text) ?? []
  const point = faultPoints.find((each) => each === name)
  if (point === undefined) throw new ValueError(`must be one of ${faultPoints.join(', ')}`)
  return { point, times: Number(times) }
}
