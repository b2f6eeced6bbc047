import Formatting
import Foundation
import Provenance
import Tensors

/// Checks of an installation, each with what to do where it fails.
package struct Doctor: Sendable {
    package struct Finding: Sendable, Codable {
        package enum State: String, Sendable, Codable { case ok, warning, failed }

        package let subject: String
        package let state: State
        package let detail: String
        /// What to do, "" where nothing.
        package let next: String

        package init(_ subject: String, _ state: State, _ detail: String, next: String = "") {
            self.subject = subject
            self.state = state
            self.detail = detail
            self.next = next
        }
    }

    package init() {}

    /// libtorch and its devices, a fusion of the smallest sample set against its stored result, and where everything is.
    package func examine() -> [Finding] {
        var findings = [program, libtorch]
        if libtorch.state != .failed { findings += [libraries, threads, devices, arithmetic, samples] }
        return findings + companions + [store, Self.data()]
    }

    private var program: Finding {
        Finding(
            "program", .ok,
            "amalgam \(Version.current), \(ProcessInfo.processInfo.operatingSystemVersionString), \(ProcessInfo.processInfo.activeProcessorCount) processors"
        )
    }

    private var libtorch: Finding {
        do {
            return Finding("libtorch", .ok, "version \(try Torch.version())")
        } catch {
            // The Python package, which sets it, says in the error what to install.
            let isPackage = ProcessInfo.processInfo.environment["AMALGAM_TORCH_PROBLEM"] != nil
            return Finding(
                "libtorch", .failed, "\(error)", next: isPackage ? "install that, then  amalgam doctor" : "make setup && make build")
        }
    }

    private var threads: Finding {
        do {
            return Self.threadFinding(
                try Torch.threads(), ProcessInfo.processInfo.environment, processors: ProcessInfo.processInfo.activeProcessorCount)
        } catch { return Finding("threads", .failed, "\(error)") }
    }

    private var devices: Finding {
        do {
            let count = try Torch.cudaDeviceCount()
            return Finding(
                "devices", .ok, count == 0 ? "cpu; this libtorch sees no GPU" : "cpu and \(count) CUDA device\(count == 1 ? "" : "s")")
        } catch { return Finding("devices", .failed, "\(error)", next: "make setup") }
    }

    /// A product and a factorisation that must agree with arithmetic by hand.
    private var arithmetic: Finding {
        do {
            let a = try Tensor([4, 2, 2, 3] as [Double], shape: [2, 2])
            let factor = try a.cholesky().array(of: Double.self)
            let right = abs(factor[0] - 2) < 1e-12 && abs(factor[2] - 1) < 1e-12 && abs(factor[3] - 2.0.squareRoot()) < 1e-12
            return right
                ? Finding("arithmetic", .ok, "LAPACK agrees")
                : Finding("arithmetic", .failed, "a Cholesky factor is wrong: \(factor)", next: "use another libtorch")
        } catch { return Finding("arithmetic", .failed, "\(error)", next: "make setup") }
    }

    private var samples: Finding {
        do {
            let library = try SampleLibrary()
            if let problem = library.problems.first {
                return Finding("samples", .failed, problem, next: "fix the file, or restore it from the repository")
            }
            guard let smallest = library.sets.filter(\.isComplete).min(by: { Self.size($0) < Self.size($1) }) else {
                return Finding("samples", .failed, "no complete set in \(library.folder)", next: "amalgam samples build")
            }
            let found = try SampleExpectation(of: FusionRun(smallest.recipe).run())
            let distance = found.distance(to: try SampleExpectation(folder: smallest.folder))
            // One of 500 test images may fall the other way on another processor.
            return distance <= 0.0021
                ? Finding("samples", .ok, String(format: "the fusion of “%@” gives %.1f %%, as stored", smallest.id, 100 * found.fused))
                : Finding(
                    "samples", .failed,
                    String(format: "the fusion of “%@” differs by %.1f points from the stored result", smallest.id, 100 * distance),
                    next: "amalgam samples build, or report it")
        } catch { return Finding("samples", .failed, "\(error)", next: "amalgam samples build") }
    }

    private static func size(_ set: SampleSet) -> Int {
        set.parents.reduce(0) { $0 + (((try? FileManager.default.attributesOfItem(atPath: $1))?[.size] as? Int) ?? 0) }
    }
}
