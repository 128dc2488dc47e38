/** The way to a household: an address for whatever map the phone has. */

const MICRO = 1_000_000

/** A `geo:` link to the place or, without one, to the address; null where neither is known. */
export function mapLink(household: Record<string, unknown>, name: string): string | null {
  const { gps_lat_e6: lat, gps_lng_e6: lng, address } = household
  if (typeof lat === 'number' && typeof lng === 'number') {
    const at = `${lat / MICRO},${lng / MICRO}`
    return `geo:${at}?q=${at}(${encodeURIComponent(name)})`
  }
  return typeof address === 'string' && address !== '' ? `geo:0,0?q=${encodeURIComponent(address)}` : null
}
