// swift-tools-version: 6.1
// The rooms of Amalgam and who may know whom: docs/architecture.md says why.

import PackageDescription

/// A copy that SwiftPM fetched for another package has no `.deps` beside it: pkg-config tells it where libtorch is (docs/library.md).
let isFetched = ["/checkouts/", "/registry/downloads/"].contains { Context.packageDirectory.contains($0) }
let libtorch: [Target.Dependency] = isFetched ? ["CLibtorch"] : []

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let sqlite = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

let package = Package(
    name: "Amalgam",
    products: [
        .executable(name: "amalgam", targets: ["amalgam"]),
        .library(name: "Amalgam", targets: ["Amalgam"]),
        // Loaded on first use, so that `--help` and the first screen do not wait for libtorch. No target links it: build it by its name.
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
        // Pages of mapped files that can no longer be read; its handler of SIGBUS goes before that of the screen.
        .target(name: "CMappings"),
        .target(name: "CNcurses", dependencies: ["CMappings"], linkerSettings: [.linkedLibrary("ncursesw"), .linkedLibrary("tinfo")]),
        .target(name: "CZlib", linkerSettings: [.linkedLibrary("z")]),
        // libwebp, libtiff and giflib are loaded on first use, not linked.
        .target(name: "CImages", linkerSettings: [.linkedLibrary("png"), .linkedLibrary("jpeg"), .linkedLibrary("dl")]),
        // libmatio is loaded on first use, not linked.
        .target(name: "CMatio", linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("z")]),
        .target(name: "CDigests", linkerSettings: [.linkedLibrary("crypto")]),
        .systemLibrary(name: "CLibtorch", pkgConfig: "amalgam-libtorch"),
        .target(name: "CTorchInterface", dependencies: libtorch, linkerSettings: [.linkedLibrary("dl")]),
        // Links no libtorch: the program opens libtorch first, then this library, and only when a tensor is needed.
        .target(
            name: "CTorchBridge", dependencies: libtorch,
            cxxSettings: [
                .headerSearchPath("../../.deps/libtorch/include"),
                .headerSearchPath("../../.deps/libtorch/include/torch/csrc/api/include"),
                .headerSearchPath("../CTorchInterface/include"),
                .headerSearchPath("Stubs"),
            ]),
        .target(name: "CKernels"),
        .target(name: "CDigits", exclude: ["digits.bin"]),

        // The engine
        .target(name: "Formatting"),
        .target(name: "Archives", dependencies: ["CDigests", "CMappings", "CZlib"]),
        .target(name: "Hyperparameters"),
        .target(name: "TOMLFiles", dependencies: [.product(name: "TOMLKit", package: "TOMLKit")]),
        .target(name: "Tensors", dependencies: ["CTorchInterface"]),
        .target(name: "Transport", dependencies: ["CKernels"]),
        .target(name: "Networks", dependencies: ["Tensors"]),
        .target(name: "Checkpoints", dependencies: ["Archives", "Networks", "Tensors", "TOMLFiles"]),
        .target(name: "Datasets", dependencies: ["Archives", "CDigits", "CImages", "CMatio", "Tensors"]),
        .target(
            name: "Fusion", dependencies: ["Datasets", "Formatting", "Hyperparameters", "Networks", "Tensors", "Transport", "TOMLFiles"]),
        .target(name: "Training", dependencies: ["Archives", "Checkpoints", "Datasets", "Hyperparameters", "Networks", "Tensors"]),
        .target(
            name: "Provenance",
            dependencies: [
                "Archives", "Checkpoints", "Datasets", "Formatting", "Fusion", "Hyperparameters", "Networks", "Tensors", "Training",
                "Transport", "TOMLFiles",
            ]),
        .target(name: "Store", dependencies: ["Archives", "Formatting", "Fusion", "Networks", "Provenance", "Transport", logging, sqlite]),
        .target(
            name: "Reports",
            dependencies: [
                "Archives", "Checkpoints", "Formatting", "Fusion", "Networks", "Provenance", "Store", "Training", "Transport", "TOMLFiles",
            ]),
        .target(
            name: "Runs",
            dependencies: [
                "Archives", "Checkpoints", "Datasets", "Formatting", "Fusion", "Networks", "Provenance", "Reports", "Store", "Tensors",
                "Training", "Transport", "TOMLFiles",
            ]),

        // What a client imports
        .target(
            name: "Amalgam",
            dependencies: ["Checkpoints", "Datasets", "Fusion", "Hyperparameters", "Networks", "Tensors", "Training", "Transport"]),

        // The screen and the command line
        .target(name: "Screen", dependencies: ["CNcurses", "TOMLFiles"]),
        .target(
            name: "Workbench",
            dependencies: [
                "Checkpoints", "Datasets", "Formatting", "Fusion", "Networks", "Provenance", "Reports", "Runs", "Screen", "Store",
                "Training", "Transport", "TOMLFiles",
            ]),
        .executableTarget(
            name: "amalgam",
            dependencies: [
                "Archives", "Checkpoints", "Datasets", "Formatting", "Fusion", "Hyperparameters", "Networks", "Provenance", "Reports",
                "Runs", "Screen", "Store", "Tensors", "Training", "Transport", "Workbench", argumentParser,
            ]),
        .executableTarget(
            name: "amalgam-bench",
            dependencies: [
                "Checkpoints", "Datasets", "Fusion", "Hyperparameters", "Networks", "Provenance", "Runs", "Tensors",
                "Training", "Transport", argumentParser,
            ], path: "Benchmarks",
            exclude: ["README.md", "fusion_rival.py", "graph_pairs.py", "scale_rival.py", "training_rival.py", "transport_rivals.py"]),

        // Tests mirror the rooms
        .testTarget(name: "ArchivesTests", dependencies: ["Archives"]),
        .testTarget(name: "TOMLFilesTests", dependencies: ["TOMLFiles"]),
        .testTarget(name: "TensorsTests", dependencies: ["Tensors"]),
        .testTarget(name: "TransportTests", dependencies: ["Transport"]),
        .testTarget(name: "NetworksTests", dependencies: ["Networks", "Tensors"]),
        .testTarget(name: "CheckpointsTests", dependencies: ["Archives", "Checkpoints", "Networks", "Tensors"]),
        .testTarget(name: "DatasetsTests", dependencies: ["Archives", "Datasets", "Tensors"]),
        .testTarget(name: "FusionTests", dependencies: ["Fusion", "Hyperparameters", "Networks", "Tensors", "Transport"]),
        .testTarget(name: "TrainingTests", dependencies: ["Datasets", "Hyperparameters", "Networks", "Tensors", "Training"]),
        .testTarget(
            name: "RunsTests",
            dependencies: [
                "Archives", "Checkpoints", "Datasets", "Formatting", "Fusion", "Hyperparameters", "Networks", "Provenance", "Reports",
                "Runs", "Store",
                "Tensors", "Training", sqlite,
            ]),
        .testTarget(name: "AmalgamTests", dependencies: ["Amalgam"]),
        .testTarget(name: "ScreenTests", dependencies: ["CNcurses", "Screen"]),
        .testTarget(
            name: "WorkbenchTests",
            dependencies: ["Formatting", "Fusion", "Provenance", "Runs", "Screen", "Store", "Training", "Transport", "Workbench"],
            exclude: ["Screens"]),
        .testTarget(name: "CommandTests", dependencies: ["amalgam", "Archives"]),
        .testTarget(name: "InterchangeTests", dependencies: ["amalgam"], exclude: ["modules.py", "support.py"]),
        .testTarget(name: "GoldenTests", dependencies: ["Archives", "Datasets", "Fusion", "Networks", "Tensors", "Training", "Transport"]),
    ],
    swiftLanguageModes: [.v6],
    cLanguageStandard: .gnu2x,
    cxxLanguageStandard: .cxx20
)
