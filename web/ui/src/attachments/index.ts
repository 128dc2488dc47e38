/** Photos, signatures and scans: picked, drawn, shown. */
export { default as AttachmentPicker } from './AttachmentPicker.vue'
export { default as AttachmentStrip } from './AttachmentStrip.vue'
export { default as AttachmentViewer } from './AttachmentViewer.vue'
export { default as SignaturePad } from './SignaturePad.vue'
export type { AttachmentClient } from './client'
