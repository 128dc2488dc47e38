/** Whether what was typed may be written: the same on phones and at desks. */
export * from '@qiao/ui/records/check'
