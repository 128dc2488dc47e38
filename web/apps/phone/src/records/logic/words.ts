/** Values and paths in words: the same on phones and at desks. */
export * from '@qiao/ui/records/words'
