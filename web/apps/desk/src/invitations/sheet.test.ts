import { strToU8, zipSync } from 'fflate'
import { expect, test } from 'vitest'
import { BYTES_MAX, readCells } from './sheet'

/** A workbook of one sheet, as small as WPS and Excel accept it. */
function workbook(rows: (string | number)[][]): File {
  const cells = rows.map((row, at) => {
    const inner = row.map((value, column) => {
      const where = `${String.fromCharCode(65 + column)}${at + 1}`
      return typeof value === 'number'
        ? `<c r="${where}"><v>${value}</v></c>`
        : `<c r="${where}" t="inlineStr"><is><t>${value}</t></is></c>`
    })
    return `<row r="${at + 1}">${inner.join('')}</row>`
  })
  const main = 'http://schemas.openxmlformats.org/spreadsheetml/2006/main'
  const rel = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships'
  const files = {
    '[Content_Types].xml': `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
    '_rels/.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="${rel}/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
    'xl/workbook.xml': `<workbook xmlns="${main}" xmlns:r="${rel}"><sheets><sheet name="名单" sheetId="1" r:id="r1"/></sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="${rel}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>`,
    'xl/worksheets/sheet1.xml': `<worksheet xmlns="${main}"><sheetData>${cells.join('')}</sheetData></worksheet>`,
  }
  const zipped = zipSync(Object.fromEntries(Object.entries(files).map(([name, text]) => [name, strToU8(text)])))
  return new File([zipped as BlobPart], '名单.xlsx')
}

test('a sheet becomes cells of text, numbers included, empty rows left out', async () => {
  const cells = await readCells(
    workbook([
      ['姓名', '手机'],
      ['李敏', 13800138000],
      ['', ''],
      ['王强', ''],
    ]),
  )
  expect(cells).toEqual([
    ['姓名', '手机'],
    ['李敏', '13800138000'],
    ['王强', ''],
  ])
})

test('what is no sheet, or far too large for a list of names, is said', async () => {
  await expect(readCells(new File(['not a sheet'], 'a.xlsx'))).rejects.toMatchObject({ code: 'unreadable' })
  await expect(readCells(new File([new Uint8Array(BYTES_MAX + 1)], 'b.xlsx'))).rejects.toMatchObject({
    code: 'too_large',
  })
})
