/** What can be done about a need: the same on phones and at desks. */
export * from '@qiao/ui/records/need'
