/** Telephone numbers: mobile ones in groups of three and four, fixed ones with their area code. */

/** As stored: digits with a leading `+`, dashes of fixed lines kept. */
export function normalisePhone(typed: string): string {
  const plain = typed
    .replace(/[０-９]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\s()（）]/g, '')
    .replace(/[—－–]/g, '-')
  const mobile = plain.replace(/-/g, '').replace(/^(\+86|0086|86)(?=1\d{10}$)/, '')
  return /^1\d{10}$/.test(mobile) ? mobile : plain
}

/** Whether it can be dialled: mobile, fixed with or without area code, or a short service number. */
export function checkPhone(typed: string): boolean {
  const plain = normalisePhone(typed)
  return (
    /^1[3-9]\d{9}$/.test(plain) ||
    /^(0\d{2,3}-?)?[2-8]\d{6,7}(-\d{1,6})?$/.test(plain) ||
    /^[19]\d{2,4}$/.test(plain) ||
    /^(400|800)-?\d{3}-?\d{4}$/.test(plain) ||
    /^\+\d{6,15}$/.test(plain)
  )
}

/** `138 0013 8000`. */
export function formatPhone(number: string): string {
  const plain = normalisePhone(number)
  return /^1\d{10}$/.test(plain) ? `${plain.slice(0, 3)} ${plain.slice(3, 7)} ${plain.slice(7)}` : plain
}

/** `138 **** 8000`. */
export function maskPhone(number: string): string {
  const plain = normalisePhone(number)
  if (/^1\d{10}$/.test(plain)) return `${plain.slice(0, 3)} **** ${plain.slice(7)}`
  return plain.length <= 4 ? plain : `${'*'.repeat(plain.length - 4)}${plain.slice(-4)}`
}

/** Address that dials. */
export function telephoneLink(number: string): string {
  return `tel:${normalisePhone(number).replace(/[^\d+]/g, '')}`
}
