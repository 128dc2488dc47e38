/** Texts of the shared components. */
export default {
  status: {
    offline: 'Offline',
    syncing: 'Syncing',
    complete: 'Synced {time}',
    never: 'Not synced yet',
    failed: 'Sync not complete',
    unsent: '{n} to send',
    unsentAfter: ' to send',
    details: ', show sync details',
    progress: 'Receiving {done} of {total}',
  },
  mark: {
    phone: 'On this phone',
    waiting: 'Held by the server',
    server: 'On the server',
    serverAt: 'On the server {time}',
    seen: 'Seen by {who} {time}',
  },
  field: {
    none: 'Not filled in',
    show: 'Show {label}',
    hide: 'Hide {label}',
    yes: 'Yes',
    no: 'No',
    call: 'Call {number}',
  },
  error: {
    title: 'This could not be read',
    again: 'Try again',
  },
  id: {
    length: 'Needs 18 characters (identity card), or 20 or 22 (disability certificate)',
    characters: 'Contains a character that does not belong there',
    area: 'The first two digits are no province',
    birth: 'The birth date in it does not exist',
    checksum: 'The check character does not fit; one digit may be wrong',
    disability: 'The disability type or level is not valid',
    reissue: 'The re-issue part is B and one digit',
  },
}
