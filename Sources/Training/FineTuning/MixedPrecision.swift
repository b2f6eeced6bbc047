import Foundation
import Tensors

/// Whether a device gains from products in bf16.
enum MixedPrecision {
    /// Why it does not; nil where it does.
    static func refusal(on device: Device) -> String? {
        guard case .cpu = device else { return nil }
        // Without instructions for bf16, libtorch converts back and forth and is slower than in f32.
        let flags = ["avx512_bf16", "amx_bf16"]
        guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else {
            return "this system does not report whether the CPU supports bf16"
        }
        let own = Set(text.split(separator: "\n").first { $0.hasPrefix("flags") }?.split(separator: " ").map(String.init) ?? [])
        return flags.contains(where: own.contains)
            ? nil
            : "this CPU has no bf16 instructions (\(flags.joined(separator: ", "))), so bf16 would only be slower: keep f32"
    }
}
