/** Texts of the link of this desk to the server. */
export default {
  live: 'Live since {time}',
  heard: 'Last update {time}',
  offline: 'Offline, as of {time}',
  trying: 'Connecting…',
  loading: 'Getting ready…',
  progress: 'Loading {done} of {total}',
  failed: 'Records cannot be opened now; tried again by itself',
  unsent: '{n} not sent yet',
  leaveTitle: '{n} not sent yet',
  leaveSaid:
    'Signing out clears this computer, and these {n} would be lost. Wait until the server can be reached and they have gone out.',
  leaveAnyway: 'Discard and sign out',
  stay: 'Stay signed in',
}
