// The device without screens, for tests: everything of the client, and the events it told.
import { connect } from '../../../../web/sync-client/src/index'

window.events = []
const began = performance.now()
window.client = connect({ appVersion: 'test-1' }).then(async (client) => {
  await client.listen((event) => window.events.push(event))
  window.openedMs = performance.now() - began
  return client
})
