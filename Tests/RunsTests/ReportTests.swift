import Foundation
import Fusion
import Testing
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

@Suite("Reports") struct ReportTests {
    /// Tags that are open at the end, or closed wrongly: an HTML page as XML would have it, but for its void elements.
    private func unbalanced(_ html: String) -> [String] {
        var open: [String] = []
        for piece in html.split(separator: "<").dropFirst() {
            let tag = piece.prefix { $0 != ">" }
            let name = String(tag.drop { $0 == "/" }.prefix { $0.isLetter || $0.isNumber })
            if tag.hasPrefix("!") || tag.hasSuffix("/") || ["meta", "br"].contains(name) { continue }
            if tag.hasPrefix("/") {
                if open.last == name { open.removeLast() } else { return open + ["/" + name] }
            } else {
                open.append(name)
            }
        }
        return open
    }

    @Test("a fusion's report has its tables, pictures and recipe in every format, and the page needs nothing from elsewhere")
    func formats() throws {
        let set = try SampleLibrary(folder: packageFolder + "/sample-models").named("non-iid-pair")
        let result = try FusionRun(set.byTransport()).run(checksums: true)
        let account = try RunAccount(result), document = ReportDocument(account)
        #expect(account.sources.map(\.role) == [.parent, .parent, .data, .evaluation])
        let html = try ReportFormat.html.text(document, json: "")
        #expect(unbalanced(html).isEmpty, "\(unbalanced(html))")
        for part in [
            "<svg", "class=\"cell\"", "plain average", "activation-scaling = &quot;none&quot;", "prefers-color-scheme: dark",
            account.sources[0].sha256,
        ] {
            #expect(html.contains(part), "\(part)")
        }
        for outside in ["http:", "https:", "src=", "url(", "@import", "<script", "<link", "javascript"] {
            #expect(!html.contains(outside), "\(outside)")
        }
        let markdown = try ReportFormat.markdown.text(document, json: ""), text = try ReportFormat.text.text(document, json: "")
        for part in ["fused", "plain average", "assignment", "Recipe"] {
            #expect(markdown.contains(part) && text.contains(part), "\(part)")
        }
        #expect(markdown.contains("| --- | ---: |"))
        let scratch = try Scratch()
        #expect(error { try ReportFormat.write(document, to: scratch("r.pdf"), json: "") }.contains(".html"))
    }

    @Test("no name becomes markup, in any format")
    func hostileNames() throws {
        let hostile = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>\u{1b}[31m\u{202e}| `*_[x](javascript:y)"
        let account = RunAccount.example(
            title: hostile, command: hostile,
            series: [MetricSeries(name: hostile, points: [.init(step: 1, value: 1, time: 1), .init(step: 2, value: 2, time: 2)])],
            name: hostile)
        for document in [ReportDocument(account), ReportDocument(try RunComparison([account, account]))] {
            let html = try ReportFormat.html.text(document, json: "")
            #expect(
                unbalanced(html).isEmpty && !html.contains("<script") && !html.contains("<img") && !html.contains("\u{1b}")
                    && !html.contains("\u{202e}"))
            let markdown = try ReportFormat.markdown.text(document, json: "")
            // Outside fences no markup is left; inside them nothing is interpreted.
            let prose = markdown.components(separatedBy: "```").enumerated().filter { $0.offset.isMultiple(of: 2) }.map(\.element).joined()
            #expect(!prose.contains("<script") && !prose.contains("[x](") && !markdown.contains("\u{1b}"))
            #expect(try !ReportFormat.text.text(document, json: "").contains("\u{1b}"))
        }
    }

    @Test("a comparison says what differs in recipes and results, and nothing else")
    func comparison() throws {
        let test = try TestStore()
        func add(_ change: (inout Recipe) throws -> Void) throws -> RunAccount {
            var recipe = Recipe.example
            try change(&recipe)
            let recorder = try test.store.begin(recipe: recipe, command: "")
            recorder.metric("loss", step: 1, value: 1)
            recorder.finish()
            return try test.store.account(recorder.id)
        }
        let first = try add { _ in },
            second = try add {
                try $0.apply(assignment: "solver=sinkhorn"); $0.seed = 8
            }
        let comparison = try RunComparison([first, second])
        #expect(comparison.recipe.map(\.key) == ["seed", "solver", "epsilon", "epsilon-unit"])
        #expect(comparison.recipe[1].values == ["exact", "sinkhorn"] && comparison.recipe[2].values[0] == nil)
        #expect(comparison.surroundings.isEmpty)
        #expect(error { _ = try RunComparison([first]) }.contains("at least two runs"))
        #expect(
            try ReportFormat.html.text(ReportDocument(comparison), json: "").contains("polyline") == false, "one point is a dot, not a line"
        )
    }

    @Test("curves are drawn for values of any size, also those that are none")
    func curves() throws {
        let wild: [[Double]] = [
            [], [.nan], [.infinity, -.infinity], [0], [5, 5, 5], [1e-300, 1e300], [-1e308, 1e308],
            [Double.leastNonzeroMagnitude, .greatestFiniteMagnitude],
            (0..<5000).map { sin(Double($0)) },
        ]
        for values in wild {
            let series = MetricSeries(
                name: "x", points: values.enumerated().map { .init(step: $0.offset * 1_000_000_000_000, value: $0.element, time: 0) })
            let account = RunAccount.example(series: [series])
            let html = try ReportFormat.html.text(ReportDocument(account), json: "")
            #expect(!html.contains("points=\"nan") && !html.lowercased().contains("inf,"))
            #expect(html.utf8.count < 60_000)
            _ = try ReportFormat.text.text(ReportDocument(account), json: "")
        }
    }

    @Test("axes have a few round numbers that span the values")
    func axes() {
        let axis = Axis(from: 0.037, to: 2.31)
        #expect(axis.ticks == [0, 0.5, 1, 1.5, 2, 2.5] && axis.from == 0 && axis.to == 2.5)
        #expect(Axis(from: 1, to: 100, isWhole: true).ticks == [20, 40, 60, 80, 100])
        #expect(Axis(from: 1e-6, to: 3, isLogarithmic: true).ticks.first == 1e-6)
        #expect(Axis(from: 5, to: 5).ticks.count >= 2)
    }

    @Test("paths are shown as short as they can be, and mean the same")
    func paths() {
        #expect(
            Paths.shown("/x/y/models/a.pt", in: "/x/y") == "models/a.pt" && Paths.shown("/x/z/a.pt", in: "/x/y/deep/down") == "/x/z/a.pt")
        #expect(
            Paths.shown("a.pt", in: "/x") == "a.pt" && Paths.absolute("../a.pt", in: "/x/y") == "/x/a.pt"
                && Paths.relative("/x/a", to: "/x/b/c") == "../../a")
        let recipe = Recipe(parents: ["m/a.pt", "/abs/b.pt"], data: "arrays:d/x.npz?samples=5&seed=3")
        let absolute = recipe.absolute(), folder = FileManager.default.currentDirectoryPath
        #expect(absolute.parents == [folder + "/m/a.pt", "/abs/b.pt"] && absolute.data == "arrays:\(folder)/d/x.npz?samples=5&seed=3")
        #expect(absolute.shown().parents[0] == "m/a.pt" && absolute.shown().data == recipe.data)
        #expect(recipe.relative(toFileAt: "runs/r.toml").parents == ["../m/a.pt", "/abs/b.pt"])
    }
}
