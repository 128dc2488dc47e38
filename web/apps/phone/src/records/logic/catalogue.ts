/** Reading the catalogue: the same on phones and at desks. */
export * from '@qiao/ui/records/catalogue'
