import Archives
import Fusion
import Tensors
import Testing
@testable import Provenance
@testable import Reports
@testable import Runs
@testable import Store

@Suite("Stored plans and sweeps") struct PlanFileTests {
    let library: SampleLibrary

    init() throws { library = try SampleLibrary(folder: packageFolder + "/sample-models") }

    @Test("couplings that were written are carried out again to the same network", arguments: ["c.safetensors", "c.npz"])
    func roundTrip(name: String) throws {
        let scratch = try Scratch()
        for set in ["non-iid-pair", "two-widths"] {
            let run = try FusionRun(library.named(set).byTransport())
            let first = try run.run()
            try CouplingFile.write(first.outcome.plan, to: scratch(name))
            let again = try run.run(along: CouplingFile.read(scratch(name)))
            for parameter in first.outcome.network.parameterNames {
                let (one, other) = (try first.outcome.network.parameter(parameter), try again.outcome.network.parameter(parameter))
                #expect(try (one - other).magnitude().maximum().item() == 0, "\(set) \(parameter)")
            }
        }
    }

    @Test("files that hold no couplings, or broken ones, are refused with what is wrong")
    func refusals() throws {
        let scratch = try Scratch()
        func refusal(_ arrays: [OutgoingArray]) throws -> String {
            try Archive.write(arrays, metadata: [:], to: scratch("x.safetensors"), as: .safetensors)
            return error { _ = try CouplingFile.read(scratch("x.safetensors")) }
        }
        #expect(try refusal([OutgoingArray("fc1.weight", [1.0], shape: [1])]).contains("contains no couplings"))
        #expect(try refusal([OutgoingArray("fc1.plan", [1.0], shape: [1, 1])]).contains("GROUP.PARENT.plan"))
        #expect(try refusal([OutgoingArray("fc1.A.plan", [1.0, 2.0], shape: [2])]).contains("should be a matrix"))
        #expect(try refusal([OutgoingArray("fc1.A.plan", [-1.0, 2.0], shape: [1, 2])]).contains("negative"))
        #expect(try refusal([OutgoingArray("fc1.A.plan", [Double.nan, 2.0], shape: [1, 2])]).contains("not finite"))
        #expect(
            try refusal([OutgoingArray("fc1.A.plan", [1.0, 2.0], shape: [1, 2]), OutgoingArray("fc1.A.source", [1.0, 2.0], shape: [2])])
                .contains("1 masses"))
        #expect(error { _ = try CouplingFile.read("plan.csv") }.contains(".safetensors"))
        let stored = try { () -> StoredPlan in
            try Archive.write(
                [OutgoingArray("nowhere.A.plan", [1.0], shape: [1, 1])], metadata: [:], to: scratch("y.safetensors"), as: .safetensors)
            return try CouplingFile.read(scratch("y.safetensors"))
        }()
        #expect(error { _ = try FusionRun(library.named("non-iid-pair").byTransport()).run(along: stored) }.contains("nowhere"))
    }

    @Test("a sweep's values are read as ranges and lists, and what is neither is refused")
    func values() throws {
        #expect(
            try Sweep("blend=0:1:0.1", method: OTFusion.method).values.map(\.description) == [
                "0", "0.1", "0.2", "0.3", "0.4", "0.5", "0.6", "0.7", "0.8", "0.9", "1",
            ])
        #expect(try Sweep("solver=exact,sinkhorn", method: OTFusion.method).values == [.choice("exact"), .choice("sinkhorn")])
        #expect(try Sweep("samples=10:30:10", method: OTFusion.method).values == [.integer(10), .integer(20), .integer(30)])
        for text in [
            "blend", "blend=", "blnd=0:1:0.1", "blend=0:1:0", "blend=1:0:0.1", "blend=0:1:1e-9", "blend=0:2:0.5", "solver=magic",
            "blend=nan:1:0.1",
        ] {
            #expect(throws: RecipeError.self, "\(text)") { try Sweep(text, method: OTFusion.method) }
        }
    }

    @Test("a sweep measures the fused network and the plain average at each blend")
    func sweep() throws {
        let run = try FusionRun(library.named("non-iid-pair").byTransport())
        let points = try run.sweep(Sweep("blend=0:1:0.5", method: run.recipe.method))
        #expect(points.map(\.value) == ["0", "0.5", "1"])
        // At the ends the average is a parent, and the fused network the same function in another order.
        #expect(abs(points[0].fused.accuracy - (points[0].average?.accuracy ?? 0)) < 0.0041)
        #expect(points[2].fused.accuracy == points[2].average?.accuracy)
        #expect(points[1].fused.accuracy > (points[1].average?.accuracy ?? 1))
        #expect(FusionRun.lines(points, key: "blend").count == 5)
        let two = try FusionRun(library.named("two-widths").recipe).sweep(Sweep("blend=0.5", method: run.recipe.method))
        #expect(two[0].average == nil)
        var blind = try library.named("non-iid-pair").byTransport()
        blind.evaluation = nil
        #expect(error { _ = try FusionRun(blind).sweep(Sweep("blend=0.5", method: blind.method)) }.contains("labelled data"))
    }
}
