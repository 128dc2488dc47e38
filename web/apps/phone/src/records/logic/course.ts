/** The course of a need: the same on phones and at desks. */
export * from '@qiao/ui/records/course'
