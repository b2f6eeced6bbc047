import Foundation
import Hyperparameters
import Testing
@testable import Training

@Suite("The table of settings") struct ReferenceTests {
    @Test("the page on the settings of training shows the settings as they are declared")
    func page() throws {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(contentsOf: folder.appendingPathComponent("docs/training-settings.md"), encoding: .utf8)
        for line in HyperparameterReference.markdown(FineTuning.table).dropFirst(3) where !line.isEmpty {
            #expect(
                page.contains(line),
                "docs/training-settings.md lacks: \(line). Make it again with  amalgam recipe defaults fine-tuning --markdown")
        }
    }

    @Test("every default and every preset is allowed, and a slider from any of them stays in its range")
    func allowed() throws {
        _ = try FineTuningSettings()
        for preset in FineTuning.table.presets { _ = try FineTuningSettings(FineTuning.table.settings(preset: preset.id)) }
        for knob in FineTuning.table.hyperparameters {
            #expect(try knob.check(knob.fallback) == knob.fallback)
            for steps in [-40, -1, 1, 40] {
                let moved = knob.stepped(knob.fallback, by: steps)
                #expect((try? knob.check(moved)) != nil, "\(knob.key) \(moved)")
                if let position = knob.position(of: moved) { #expect((0...1).contains(position)) }
            }
        }
    }

    @Test("a logarithmic range that begins at zero is left and reached again in single steps")
    func fromZero() {
        let knob = FineTuning.weightDecay.erased
        let up = knob.stepped(.real(0), by: 1)
        #expect(up == .real(1e-6) && knob.stepped(up, by: -1) == .real(0) && knob.position(of: .real(0)) == 0)
    }
}
