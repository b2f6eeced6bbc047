import Foundation

/// The meeting of all processes of a group: each says that it is there and what it is, and looks for the others.
struct Arrival {
    private let place: ProcessPlace
    private let store: ProcessStore
    private let own: String
    private let version: String
    private let seconds: Double

    init(_ place: ProcessPlace, _ store: ProcessStore, version: String, seconds: Double) {
        (self.place, self.store, self.version, self.seconds) = (place, store, version, seconds)
        own = "\(place.size) \(version)"
    }

    func waitForAll() throws(TensorError) {
        do throws(TensorError) {
            guard try store.count("came/\(place.rank)") == 1 else {
                throw .process(
                    reason: "two processes say that they are rank \(place.rank) of \(place.size): RANK must be another for each")
            }
            try store.set("here/\(place.rank)", own)
            try lookForOthers()
        } catch {
            // So that the others need not wait for the end of their time.
            try? store.set("failed/\(place.rank)", error.description)
            throw error
        }
    }

    private func lookForOthers() throws(TensorError) {
        let end = Date().addingTimeInterval(seconds)
        var missing = Array(0..<place.size)
        while true {
            var left: [Int] = []
            for other in missing {
                guard let found = try store.get("here/\(other)") else {
                    left.append(other)
                    continue
                }
                if found != own { throw difference(other, found) }
            }
            guard !left.isEmpty else { return }
            for other in 0..<place.size where other != place.rank {
                if let sentence = try store.get("failed/\(other)") { throw .process(reason: "rank \(other) stopped: \(sentence)") }
            }
            guard Date() < end else {
                let names = ProcessGroup.names(left) ?? ""
                throw .process(
                    reason:
                        "\(names) of \(place.size) did not come to \(place.meetingText) within \(ProcessGroup.text(seconds)): is it started?"
                )
            }
            missing = left
            Thread.sleep(forTimeInterval: 0.02)
        }
    }

    private func difference(_ other: Int, _ found: String) -> TensorError {
        let sides = found.split(separator: " ", maxSplits: 1).map(String.init)
        guard sides.first == "\(place.size)" else {
            return .process(
                reason:
                    "rank \(place.rank) was started as one of \(place.size) processes, rank \(other) as one of \(sides.first ?? "?"): WORLD_SIZE must be the same for all"
            )
        }
        return .process(
            reason: "rank \(place.rank) is \(version), and rank \(other) is \(sides.last ?? "?"): install one version for all ranks")
    }
}
