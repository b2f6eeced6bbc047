// swift-tools-version: 6.1
// A package that depends on Amalgam by version, as docs/library.md describes; `make test-client` builds and runs it.

import PackageDescription

let package = Package(
    name: "Client",
    dependencies: [
        .package(url: Context.environment["AMALGAM_REPOSITORY"] ?? "AMALGAM_REPOSITORY is not set", from: "0.2.0")
    ],
    targets: [
        .executableTarget(name: "Client", dependencies: [.product(name: "Amalgam", package: "amalgam")])
    ],
    swiftLanguageModes: [.v6]
)
