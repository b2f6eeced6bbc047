/// The style of a report's page. Colours of lines differ for every colour vision (Okabe and Ito 2008), lighter on dark ground.
enum HTMLStyle {
    static let hues = 6

    static let sheet = """
        :root {
          --ground: #fbfaf8; --panel: #ffffff; --ink: #1d1b19; --soft: #6b645d; --rule: #e4dfd8; --accent: #b3410e; --quiet: #a79f96;
          --c0: #0072b2; --c1: #b8860b; --c2: #008a63; --c3: #a6497f; --c4: #3b8fc4; --c5: #c44e00;
        }
        @media (prefers-color-scheme: dark) {
          :root {
            --ground: #16130f; --panel: #1f1b16; --ink: #ece6de; --soft: #a79d91; --rule: #38312a; --accent: #ff9248; --quiet: #7d746a;
            --c0: #5ab4e8; --c1: #e6b53c; --c2: #35c79a; --c3: #dd8fbd; --c4: #9ad0f0; --c5: #ff8a50;
          }
        }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body {
          margin: 0 auto; padding: 3rem 1.5rem 2rem; max-width: 66rem; background: var(--ground); color: var(--ink);
          font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
        }
        .brand { margin: 0; color: var(--accent); font-weight: 600; letter-spacing: .08em; text-transform: uppercase; font-size: .75rem; }
        h1 { margin: .1rem 0 .3rem; font-size: 2rem; line-height: 1.2; font-weight: 650; overflow-wrap: anywhere; }
        h2 { margin: 2.6rem 0 .9rem; font-size: 1.15rem; font-weight: 650; }
        p { margin: .5rem 0; max-width: 46rem; }
        .summary, section > p { color: var(--soft); overflow-wrap: anywhere; }
        .headline { display: flex; flex-wrap: wrap; gap: .8rem; margin: 1.6rem 0 0; }
        .headline div { flex: 1 1 9rem; padding: .8rem 1rem; background: var(--panel); border: 1px solid var(--rule); border-radius: .5rem; }
        .headline dt { color: var(--soft); font-size: .8rem; overflow-wrap: anywhere; }
        .headline dd { margin: .1rem 0 0; font-size: 1.5rem; font-weight: 650; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .headline .chief { border-color: var(--accent); }
        .headline .chief dd { color: var(--accent); }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(19rem, 1fr)); gap: .15rem 2rem; margin: .8rem 0 1.2rem; }
        .facts div { display: flex; gap: .8rem; }
        .facts dt { flex: 0 0 6.5rem; color: var(--soft); }
        .facts dd { margin: 0; overflow-wrap: anywhere; min-width: 0; }
        .scroll { overflow-x: auto; margin: .8rem 0; }
        table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
        th { text-align: left; color: var(--soft); font-weight: 500; font-size: .85rem; white-space: nowrap; }
        th, td { padding: .4rem .9rem .4rem 0; border-bottom: 1px solid var(--rule); vertical-align: top; }
        th:last-child, td:last-child { padding-right: 0; }
        td code { white-space: nowrap; }
        .long { min-width: 12rem; overflow-wrap: anywhere; }
        .number { text-align: right; white-space: nowrap; }
        .strong td { font-weight: 650; }
        pre { background: var(--panel); border: 1px solid var(--rule); border-radius: .5rem; padding: .9rem 1rem; white-space: pre-wrap; overflow-wrap: anywhere; margin: .6rem 0; }
        code { font: .87em/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        figure { margin: 0; }
        figcaption { color: var(--soft); font-size: .85rem; }
        figcaption b { color: var(--ink); font-weight: 600; }
        svg { display: block; width: 100%; height: auto; }
        svg text { fill: var(--soft); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; font-variant-numeric: tabular-nums; }
        svg .name { fill: var(--ink); }
        .grid { stroke: var(--rule); stroke-width: 1; }
        .chart { background: var(--panel); border: 1px solid var(--rule); border-radius: .5rem; padding: .9rem 1rem .7rem; margin: .8rem 0; }
        .chart figcaption { display: flex; flex-wrap: wrap; gap: 0 1.2rem; }
        .chart .narrow { display: none; }
        .bars { display: grid; grid-template-columns: fit-content(40%) 1fr max-content; gap: .55rem .8rem; align-items: center; padding: 1rem; font-size: .85rem; line-height: 1.3; font-variant-numeric: tabular-nums; }
        .bars span { overflow-wrap: anywhere; text-align: right; }
        .bars svg { height: 18px; }
        .key { display: inline-flex; align-items: center; gap: .4rem; }
        .key svg { width: 1.9rem; height: .6rem; }
        .plans { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 1.2rem; margin: 1rem 0; }
        .plans svg { background: var(--panel); border: 1px solid var(--rule); border-radius: .3rem; }
        .plans figcaption { margin-top: .35rem; line-height: 1.35; }
        .notes { padding: .7rem 1rem .7rem 2rem; border-left: 3px solid var(--accent); background: var(--panel); margin: .8rem 0; }
        footer { margin-top: 3rem; padding-top: .8rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: .8rem; }
        \((0..<hues).map { ".l\($0) { stroke: var(--c\($0)); fill: none; } .f\($0) { fill: var(--c\($0)); }" }.joined(separator: "\n"))
        .la { stroke: var(--accent); fill: none; } .fa { fill: var(--accent); }
        .lq { stroke: var(--quiet); fill: none; } .fq { fill: var(--quiet); }
        .line { stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
        .band { opacity: .16; stroke: none; }
        .cell { fill: var(--accent); }
        @media (max-width: 40rem) {
          body { padding: 1.8rem 1rem 1.5rem; }
          h1 { font-size: 1.6rem; }
          .chart .wide { display: none; }
          .chart .narrow { display: block; }
          .chart { padding: .8rem .7rem .6rem; }
          .headline div { flex-basis: 8rem; }
          .headline dd { font-size: 1.3rem; }
        }
        @media print { body { padding: 0; max-width: none; } section { break-inside: avoid-page; } }
        """
}

extension Hue {
    /// The classes of a line and of a filled shape.
    var line: String { "l\(suffix)" }
    var fill: String { "f\(suffix)" }

    private var suffix: String {
        switch self {
        case .numbered(let number): "\(number % HTMLStyle.hues)"
        case .quiet: "q"
        case .accent: "a"
        }
    }

    /// Beyond the colours there are, and for who sees none, lines differ by their dashes.
    var dashes: String? {
        guard case .numbered(let number) = self else { return nil }
        return [nil, "7 4", "2 4", "9 3 2 3", "12 4", "4 2"][number % 6]
    }
}
