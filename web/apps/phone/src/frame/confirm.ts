/** One question before something that cannot be taken back, answered with yes or anything else. */
import { shallowRef } from 'vue'

export interface Question {
  title: string
  text: string
  /** What the act is called; never just "yes". */
  yes: string
  no: string
}

interface Asked extends Question {
  answer: (sure: boolean) => void
}

export const asked = shallowRef<Asked | null>(null)

/** Asks; a second question answers the first with no. */
export function confirmSure(question: Question): Promise<boolean> {
  asked.value?.answer(false)
  return new Promise((resolve) => {
    asked.value = {
      ...question,
      answer: (sure) => {
        asked.value = null
        resolve(sure)
      },
    }
  })
}
