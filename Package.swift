// swift-tools-version: 6.1
// The rooms of Amalgam and who may know whom: docs/architecture.md says why.

import Foundation
import PackageDescription

// MARK: libtorch, found where `make setup` put it

let root = Context.packageDirectory
let libtorch = ProcessInfo.processInfo.environment["LIBTORCH"].flatMap { $0.isEmpty ? nil : $0 } ?? root + "/.deps/libtorch"
let torchLibraries = libtorch + "/lib"

guard FileManager.default.fileExists(atPath: torchLibraries + "/libtorch_cpu.so") else {
    fatalError("no libtorch under \(libtorch): run `make setup` (or set LIBTORCH to an unpacked libtorch)")
}

/// Libraries are named by their path, so that no other libtorch on the machine is taken by mistake.
var torchLink = ["\(torchLibraries)/libtorch_cpu.so", "\(torchLibraries)/libc10.so"]
if FileManager.default.fileExists(atPath: torchLibraries + "/libtorch_cuda.so") {
    torchLink += [
        "-Xlinker", "--no-as-needed", "\(torchLibraries)/libtorch_cuda.so", "\(torchLibraries)/libc10_cuda.so",
        "-Xlinker", "--as-needed",
    ]
}
torchLink += ["-Xlinker", "-rpath", "-Xlinker", torchLibraries]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let toml = Target.Dependency.product(name: "TOMLKit", package: "TOMLKit")
let sqlite = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

let package = Package(
    name: "Amalgam",
    products: [
        .executable(name: "amalgam", targets: ["amalgam"]),
        .library(name: "Amalgam", targets: ["Runs"]),
        // Loaded on first use, so that `--help` and the first screen do not wait for libtorch.
        .library(name: "CTorchBridge", type: .dynamic, targets: ["CTorchBridge"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/LebJe/TOMLKit", from: "0.6.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
    ],
    targets: [
        // C and C++: system libraries, the bridge, measured kernels, embedded data
        .target(name: "CNcurses", linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        // libwebp, libtiff and giflib are loaded on first use, not linked.
        .target(name: "CImages", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("dl")]),
        // libmatio is loaded on first use, not linked.
        .target(name: "CMatio", linkerSettings: [.linkedLibrary("dl")]),
        // libcrypto is loaded on first use, where there is one.
        .target(name: "CDigests", linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CTorchInterface", linkerSettings: [.linkedLibrary("dl")]),
        .target(
            name: "CTorchBridge",
            cxxSettings: [
                .unsafeFlags(["-isystem", libtorch + "/include", "-isystem", libtorch + "/include/torch/csrc/api/include", "-O2"]),
                .headerSearchPath("../CTorchInterface/include"),
            ],
            linkerSettings: [.unsafeFlags(torchLink)]),
        .target(name: "CKernels"),
        .target(name: "CDigits", exclude: ["digits.bin"]),

        // The engine
        .target(name: "Formatting"),
        .target(name: "Archives", dependencies: ["CDigests", "CZlib"]),
        .target(name: "Hyperparameters"),
        .target(name: "Tensors", dependencies: ["CTorchInterface"]),
        .target(name: "Transport", dependencies: ["CKernels"]),
        .target(name: "Networks", dependencies: ["Tensors"]),
        .target(name: "Checkpoints", dependencies: ["Archives", "Networks", toml]),
        .target(name: "Datasets", dependencies: ["Archives", "CDigits", "CImages", "CMatio", "Tensors"]),
        .target(name: "Fusion", dependencies: ["Hyperparameters", "Transport", "Networks", "Datasets", toml]),
        .target(name: "Training", dependencies: ["Hyperparameters", "Archives", "Checkpoints", "Datasets", "Networks"]),
        .target(
            name: "Provenance",
            dependencies: [
                "Formatting", "Archives", "Hyperparameters", "Tensors", "Transport", "Networks", "Checkpoints", "Datasets", "Fusion", "Training", toml,
            ]),
        .target(name: "Store", dependencies: ["Formatting", "Archives", "Transport", "Networks", "Fusion", "Provenance", logging, sqlite]),
        .target(
            name: "Reports",
            dependencies: [
                "Formatting", "Archives", "Transport", "Networks", "Checkpoints", "Datasets", "Fusion", "Training", "Provenance", "Store", toml,
            ]),
        .target(
            name: "Runs",
            dependencies: [
                "Formatting", "Archives", "Hyperparameters", "Tensors", "Transport", "Networks", "Checkpoints", "Datasets", "Fusion", "Training",
                "Provenance", "Store", "Reports", toml,
            ]),

        // The screen and the command line
        .target(name: "Screen", dependencies: ["CNcurses", toml]),
        .target(name: "Workbench", dependencies: ["Formatting", "Provenance", "Store", "Reports", "Runs", "Screen", toml]),
        .executableTarget(name: "amalgam", dependencies: ["Formatting", "Provenance", "Store", "Reports", "Runs", "Workbench", argumentParser]),
        .executableTarget(
            name: "amalgam-bench", dependencies: ["Provenance", "Runs", "Transport", argumentParser], path: "Benchmarks",
            exclude: ["README.md", "fusion_rival.py", "training_rival.py", "transport_rivals.py"]),

        // Tests mirror the rooms
        .testTarget(name: "ArchivesTests", dependencies: ["Archives"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "TransportTests", dependencies: ["Transport"]),
        .testTarget(name: "NetworksTests", dependencies: ["Networks"]),
        .testTarget(name: "CheckpointsTests", dependencies: ["Checkpoints"]),
        .testTarget(name: "DatasetsTests", dependencies: ["Archives", "Datasets", "Tensors"]),
        .testTarget(name: "FusionTests", dependencies: ["Fusion"]),
        .testTarget(name: "TrainingTests", dependencies: ["Training"]),
        .testTarget(name: "RunsTests", dependencies: ["Provenance", "Reports", "Runs", "Store"]),
        .testTarget(name: "ScreenTests", dependencies: ["Screen"]),
        .testTarget(name: "WorkbenchTests", dependencies: ["Workbench"], exclude: ["Screens"]),
        .testTarget(name: "CommandTests", dependencies: ["amalgam"]),
        .testTarget(name: "InterchangeTests", dependencies: ["amalgam"], exclude: ["modules.py", "support.py"]),
        .testTarget(name: "GoldenTests", dependencies: ["Archives", "Runs"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu2x,
    cxxLanguageStandard: .cxx20
)
