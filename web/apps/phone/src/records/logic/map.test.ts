import { expect, it } from 'vitest'
import { mapLink } from './map'

it('the way leads to the place, else to the address, else nowhere', () => {
  expect(mapLink({ gps_lat_e6: 25_040_600, gps_lng_e6: 102_712_300, address: '某处' }, '沈')).toBe(
    `geo:25.0406,102.7123?q=25.0406,102.7123(${encodeURIComponent('沈')})`,
  )
  expect(mapLink({ address: '上坪村3组' }, '沈')).toBe(`geo:0,0?q=${encodeURIComponent('上坪村3组')}`)
  expect(mapLink({ gps_lat_e6: 25_040_600 }, '沈')).toBeNull()
})
