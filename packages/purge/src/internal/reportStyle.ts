/**
 * How a report's page looks. Colours are data, so that their contrast can be tested.
 */

interface Palette {
  readonly paper: string
  readonly panel: string
  readonly ink: string
  readonly muted: string
  readonly rule: string
  readonly alarm: string
  readonly deleted: string
  readonly notDeleted: string
  readonly unknown: string
  readonly vetoed: string
  readonly unprocessed: string
}

export const palettes: { readonly light: Palette; readonly dark: Palette } = {
  light: {
    paper: "#fdfdfb",
    panel: "#f3f3ee",
    ink: "#1d2126",
    muted: "#575e66",
    rule: "#d7d8d2",
    alarm: "#9c2f1f",
    deleted: "#2c6e68",
    notDeleted: "#a8402e",
    unknown: "#8a5a00",
    vetoed: "#5a4a8c",
    unprocessed: "#626a73"
  },
  dark: {
    paper: "#15181b",
    panel: "#1f2327",
    ink: "#e4e6e3",
    muted: "#a3aab1",
    rule: "#373d43",
    alarm: "#f39a86",
    deleted: "#62b3a9",
    notDeleted: "#ee8d78",
    unknown: "#dfb04a",
    vetoed: "#b3a3ea",
    unprocessed: "#99a2ab"
  }
}

/** What is read or told apart before what, and the contrast that WCAG 2.2 AA asks for. */
export const contrasts: ReadonlyArray<readonly [front: keyof Palette, back: keyof Palette, ratio: number]> = [
  ["ink", "paper", 4.5],
  ["ink", "panel", 4.5],
  ["muted", "paper", 4.5],
  ["muted", "panel", 4.5],
  ["alarm", "paper", 4.5],
  ["alarm", "panel", 4.5],
  ["deleted", "paper", 4.5],
  ["notDeleted", "paper", 4.5],
  ["unknown", "paper", 4.5],
  ["vetoed", "paper", 4.5],
  ["unprocessed", "paper", 4.5]
]

const variables = (palette: Palette) =>
  Object.entries(palette)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(";")

export const css = `
:root{color-scheme:light dark;${variables(palettes.light)}}
@media (prefers-color-scheme:dark){:root{${variables(palettes.dark)}}}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;text-size-adjust:100%}
body{margin:0 auto;max-width:66rem;padding:clamp(1.25rem,4vw,3.5rem) clamp(1rem,4vw,3rem);background:var(--paper);color:var(--ink);
font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Liberation Sans",Arial,sans-serif;font-variant-numeric:lining-nums tabular-nums;overflow-wrap:anywhere}
h1,h2,.lead{font-family:"Iowan Old Style",Charter,"Bitstream Charter",Cambria,"Liberation Serif",Georgia,serif}
h1{margin:.25rem 0 .5rem;font-size:clamp(1.75rem,1.2rem + 2.6vw,2.75rem);line-height:1.15;font-weight:600;letter-spacing:-.01em;text-wrap:balance}
h2{margin:0 0 .75rem;font-size:1.375rem;line-height:1.25;font-weight:600}
p{margin:0 0 .75rem;max-width:44rem}
.lead{margin:0;font-size:1.1875rem;line-height:1.5}
.over{margin:0;color:var(--muted);font-size:.875rem}
.note{color:var(--muted);font-size:.875rem}
header{padding-bottom:1.75rem;border-bottom:2px solid var(--ink)}
section{margin-top:2.5rem}
.pair{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,21rem),1fr));gap:0 3rem;align-items:start}
.problems{margin:1.25rem 0 0;padding:.75rem 1rem;background:var(--panel);border-left:4px solid var(--alarm);color:var(--alarm)}
.problems p{margin:0;font-weight:600}
.problems ul{margin:.25rem 0 0;padding-left:1.1rem}
.parts{display:block;width:100%;height:1rem;margin:0 0 1rem}
table{width:100%;border-collapse:collapse}
caption{padding:0 0 .5rem;text-align:left;color:var(--muted);font-size:.875rem}
th,td{padding:.5rem .75rem .5rem 0;border-top:1px solid var(--rule);text-align:left;vertical-align:top;font-weight:400}
thead th{border-top:0;padding-top:0;color:var(--muted);font-size:.8125rem;vertical-align:bottom}
tfoot th,tfoot td{border-top:2px solid var(--ink);font-weight:600}
th:last-child,td:last-child{padding-right:0}
.n{text-align:right;white-space:nowrap}
td.n{font-size:1.0625rem}
.zero{color:var(--muted)}
.name{font-weight:600}
.meaning{display:block;color:var(--muted);font-size:.875rem}
.sum{margin:.75rem 0 0;font-size:.9375rem}
.key{width:.8em;height:.8em;margin-right:.5em;vertical-align:-.04em}
.deleted{color:var(--deleted)}.notDeleted{color:var(--notDeleted)}.unknown{color:var(--unknown)}.vetoed{color:var(--vetoed)}.unprocessed{color:var(--unprocessed)}
.defs{position:absolute;width:0;height:0}
.defs .paper{stroke:var(--paper);fill:none}
.defs circle{fill:var(--paper)}
figure{margin:0}
.legend{display:flex;flex-wrap:wrap;gap:.25rem 1.5rem;margin:0 0 .75rem;padding:0;list-style:none;font-size:.875rem}
.chart{display:block;width:calc(100% - 3rem);height:240px;margin:.5rem 0 0 3rem;overflow:visible}
.chart text{fill:var(--muted);font-size:.75rem}
.chart line{stroke:var(--rule)}
.chart .base{stroke:var(--ink)}
.chart rect:not(.deleted){stroke:currentColor;stroke-width:.75}
details{margin-top:.75rem}
summary{cursor:pointer;font-size:.875rem;padding:.25rem 0}
:focus-visible{outline:2px solid var(--ink);outline-offset:2px}
details table{margin-top:.5rem;font-size:.875rem}
details td.n{font-size:inherit}
code,.id{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"Liberation Mono",monospace;font-size:.875em}
.id{unicode-bidi:isolate;white-space:pre-wrap}
.value,bdi{font-variant-ligatures:none}
.value{unicode-bidi:isolate;white-space:pre-wrap}
.code-point{display:inline-block;line-height:1.3;white-space:nowrap;padding:0 .2em;border:1px solid;border-radius:2px;font:600 .75em ui-monospace,Menlo,Consolas,"Liberation Mono",monospace;color:var(--alarm);unicode-bidi:isolate}
dl{display:grid;grid-template-columns:minmax(7rem,11rem) minmax(0,1fr);margin:0}
dt,dd{margin:0;padding:.4rem 0;border-top:1px solid var(--rule)}
dt{padding-right:1.5rem;color:var(--muted);font-size:.875rem;line-height:1.7}
.list{table-layout:fixed}
.list th[scope=col]:nth-child(1){width:28%}.list th[scope=col]:nth-child(2){width:9.5rem}.list th[scope=col]:nth-child(4){width:27%}
.list td,.list tbody th{font-size:.875rem}
.list .id{font-size:.875rem}
.list .name{white-space:nowrap}
.facts{margin:0;padding:0;list-style:none}
.facts span{color:var(--muted)}
footer{margin-top:3rem;padding-top:1rem;border-top:2px solid var(--ink);color:var(--muted);font-size:.875rem}
footer p{margin:0}
@media (max-width:44rem){
.list thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
.list,.list caption,.list tbody,.list tr,.list th,.list td{display:block}
.list tr{padding:.9rem 0;border-top:1px solid var(--rule)}
.list tbody th,.list tbody td{padding:.1rem 0;border:0}
th,td{padding-right:.5rem}
.chart{width:calc(100% - 2.25rem);margin-left:2.25rem}
}
@media (max-width:30rem){dl{grid-template-columns:minmax(0,1fr)}dt{padding-bottom:0}dd{padding-top:0;border-top:0}}
@media print{
:root{color-scheme:light;${variables(palettes.light)};--paper:#fff;--panel:#fff}
@page{margin:16mm 14mm}
html{font-size:9.5pt}
body{max-width:none;padding:0}
h1{font-size:20pt}h2{break-after:avoid}
section{margin-top:1.75rem}
.list th[scope=col]:nth-child(1){width:25%}.list th[scope=col]:nth-child(4){width:32%}
thead{display:table-header-group}
tr,figure,.pair>section,.problems{break-inside:avoid}
details:not([open])>summary{display:none}
}
`
