/** The one kind of chart the desks have: months, bars and lines. Loaded when a page shows it. */
import { BarChart, LineChart } from 'echarts/charts'
import { GridComponent, LegendComponent, TooltipComponent } from 'echarts/components'
import { init, use } from 'echarts/core'
import { CanvasRenderer } from 'echarts/renderers'

// The canvas, and tips drawn in it: markup made at run time is against the pages' policy.
use([BarChart, LineChart, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer])

export interface Series {
  name: string
  values: number[]
  bars: boolean
}

export interface Drawing {
  show(months: readonly string[], series: readonly Series[]): void
  end(): void
}

export function draw(box: HTMLElement): Drawing {
  // The library empties its box by writing markup into it, empty as it is; the policy asks for another way.
  Object.defineProperty(box, 'innerHTML', { configurable: true, set: () => box.replaceChildren() })
  const chart = init(box, null, { renderer: 'canvas' })
  const size = new ResizeObserver(() => chart.resize())
  size.observe(box)
  const colour = (name: string): string => getComputedStyle(box).getPropertyValue(name).trim()
  return {
    show(months, series) {
      const ink = colour('--q-ink-2')
      const colours = ['--q-accent', '--q-info', '--q-warn', '--q-grey'].map(colour)
      chart.setOption(
        {
          animation: false,
          color: colours,
          textStyle: { color: ink, fontFamily: getComputedStyle(box).fontFamily },
          grid: { left: 40, right: 40, top: 40, bottom: 28 },
          legend: { top: 0, textStyle: { color: ink } },
          tooltip: { trigger: 'axis', renderMode: 'richText' },
          xAxis: { type: 'category', data: months.map((month) => month.slice(2)), axisLabel: { color: ink } },
          yAxis: [
            {
              type: 'value',
              minInterval: 1,
              axisLabel: { color: ink },
              splitLine: { lineStyle: { color: colour('--q-line') } },
            },
            { type: 'value', minInterval: 1, axisLabel: { color: ink }, splitLine: { show: false } },
          ],
          series: series.map(({ name, values, bars }) => ({
            name,
            data: values,
            type: bars ? 'bar' : 'line',
            yAxisIndex: bars ? 0 : 1,
            barMaxWidth: 28,
            symbolSize: 6,
          })),
        },
        { notMerge: true },
      )
    },
    end() {
      size.disconnect()
      chart.dispose()
    },
  }
}
