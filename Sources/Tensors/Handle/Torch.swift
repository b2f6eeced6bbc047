import CTorchInterface
import Foundation

/// libtorch as this process has it: loaded on first use, in about 0.15 s.
public enum Torch {
    /// The version of libtorch, such as "2.13.0".
    public static func version() throws(TensorError) -> String {
        guard let text = try table().version() else { throw .unexpectedResult(name: "version") }
        return String(cString: text)
    }

    /// What libtorch can do with NVIDIA GPUs.
    public enum CUDASupport: Sendable, Equatable {
        /// It was built without CUDA.
        case notBuilt
        /// How many devices it finds; 0 where there is no GPU, or no driver for it.
        case devices(Int)
    }

    public static func cuda() throws(TensorError) -> CUDASupport {
        let count = Int(try table().cuda_devices())
        return count < 0 ? .notBuilt : .devices(count)
    }

    /// How many CUDA devices libtorch sees; 0 for a CPU build.
    public static func cudaDeviceCount() throws(TensorError) -> Int {
        if case .devices(let count) = try cuda() { count } else { 0 }
    }

    /// The number of threads inside one operation. Set it before the first operation: threads that spin at barriers make
    /// small work slower on busy cores.
    public static func setThreads(_ count: Int) throws(TensorError) {
        try table().set_threads(Int32(max(1, count)))
    }

    public static func threads() throws(TensorError) -> Int {
        Int(try table().threads())
    }

    /// Loads libtorch now, for a caller that wants to pay for it in the background.
    public static func load() throws(TensorError) {
        _ = try table()
    }

    static func table() throws(TensorError) -> amg_torch {
        try result.get().functions
    }

    /// A table of function pointers that never changes once loaded.
    private struct Table: @unchecked Sendable {
        let functions: amg_torch
    }

    private static let result: Result<Table, TensorError> = {
        var error = amg_error()
        guard let table = amg_torch_load(&error) else { return .failure(.libtorchMissing(reason: TensorError.text(of: error))) }
        // One thread unless asked otherwise, by OMP_NUM_THREADS or by `setThreads`: the same bits on every machine.
        if ProcessInfo.processInfo.environment["OMP_NUM_THREADS"] == nil { table.pointee.set_threads(1) }
        return .success(Table(functions: table.pointee))
    }()
}
