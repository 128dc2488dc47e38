/**
 * What both apps share: the look, formats and checks of the field, and components that show the state of things.
 *
 * Never talks to a device and never loads a widget library. Styles: `@qiao/ui/tokens.css`, then `@qiao/ui/base.css`.
 */
import en from './locales/en'
import zh from './locales/zh-CN'

export * from './ask'
export * from './formats/dates'
export * from './formats/id-number'
export * from './formats/money'
export * from './formats/phone-number'
export * from './formats/size'
export { makeLanguages } from './languages'
export type { IconName } from './components/icons'
export { default as EmptyState } from './components/EmptyState.vue'
export { default as ErrorState } from './components/ErrorState.vue'
export { default as FieldView } from './components/FieldView.vue'
export { default as Icon } from './components/Icon.vue'
export { default as RecordMark } from './components/RecordMark.vue'
export { default as StatusBar } from './components/StatusBar.vue'

/** Texts of the components, to be merged under `ui`. */
export const uiTexts = { 'zh-CN': zh, en }
