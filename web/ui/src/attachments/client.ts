/** What these parts ask of a device: a few calls of it, handed in, so that nothing here knows where it runs. */
import type { Client } from '@qiao/sync-client'

export type AttachmentClient = Pick<
  Client,
  'attach' | 'dropAttachment' | 'attachment' | 'attachmentStates' | 'uploadNow' | 'listen'
>
