export interface Bar {
  readonly label: string;
  readonly value: number;
  /** Ends of the line over the bar: least and most of the runs. */
  readonly min: number;
  readonly max: number;
  /** Drawn in the colour that says "ours". @default false */
  readonly marked?: boolean;
}

export interface ChartText {
  readonly title: string;
  /** Below the title: unit, direction, conditions. */
  readonly subtitle: string;
}

const labelWidth = 270;
const barsWidth = 520;
const rowHeight = 34;
const top = 70;
const right = 110;

/** A horizontal bar chart as SVG: one bar a row, a thin line from least to most, the value beside it. */
export function barChart(bars: readonly Bar[], { title, subtitle }: ChartText): string {
  const width = labelWidth + barsWidth + right;
  const height = top + bars.length * rowHeight + 16;
  const largest = Math.max(...bars.map(({ max }) => max), Number.MIN_VALUE);
  const x = (value: number): number => round(labelWidth + (value / largest) * barsWidth);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="system-ui, sans-serif" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    `<text x="16" y="28" font-size="17" font-weight="600" fill="#1a1a1a">${escape(title)}</text>`,
    `<text x="16" y="50" font-size="12.5" fill="#555555">${escape(subtitle)}</text>`,
    ...bars.map((bar, index) => drawBar(bar, top + index * rowHeight, x)),
    "</svg>",
    "",
  ].join("\n");
}

function drawBar(bar: Bar, y: number, x: (value: number) => number): string {
  const middle = y + rowHeight / 2;
  const colour = bar.marked === true ? "#0b6e4f" : "#8aa0b4";
  return [
    `<text x="${labelWidth - 10}" y="${middle + 4}" font-size="13" text-anchor="end" fill="#1a1a1a">${escape(bar.label)}</text>`,
    `<rect x="${labelWidth}" y="${y + 6}" width="${round(x(bar.value) - labelWidth)}" height="${rowHeight - 12}" fill="${colour}"/>`,
    `<path d="M${x(bar.min)} ${middle}H${x(bar.max)}M${x(bar.min)} ${middle - 4}v8M${x(bar.max)} ${middle - 4}v8" stroke="#1a1a1a" stroke-width="1.2"/>`,
    `<text x="${x(bar.max) + 8}" y="${middle + 4}" font-size="13" fill="#1a1a1a">${label(bar.value)}</text>`,
  ].join("\n");
}

function label(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toFixed(1);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escape(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
