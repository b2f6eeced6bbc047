import CTorchInterface
import Foundation

/// Which of several processes this one is, and where they meet, as whoever started them says: `torchrun`, Slurm's `srun`, Open MPI's `mpirun`, or
/// `amalgam --processes`.
package struct ProcessPlace: Sendable, Equatable {
    package enum Meeting: Sendable, Equatable {
        /// A port of a host. `isOpen` where whoever started the processes has opened it already, as torchrun does; otherwise rank 0 opens it.
        case port(Int, host: String, isOpen: Bool)
        /// A file that all processes of one machine reach.
        case file(String)
    }

    /// 0 … size − 1.
    package let rank: Int
    package let size: Int
    /// Its number among the processes of its machine.
    package let localRank: Int
    package let meeting: Meeting
    /// Distinguishes this start from earlier ones at the same place.
    package let attempt: String
    /// The network interface that the processes talk over, where the environment names one (`GLOO_SOCKET_IFNAME`).
    package let interface: String?

    package static let fileVariable = "AMALGAM_MEETING"
    private static let defaultPort = 29500, mostProcesses = 65_536

    /// Where no variable speaks of several processes, or of one alone, nil.
    ///
    /// - Throws: ``TensorError/process(reason:)`` where the variables are incomplete or contradict each other.
    package init?(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws(TensorError) {
        func text(_ name: String) -> String? { environment[name].flatMap { $0.isEmpty ? nil : $0 } }
        func number(_ name: String, _ range: ClosedRange<Int>) throws(TensorError) -> Int? {
            guard let text = text(name) else { return nil }
            guard let number = Int(text), range.contains(number) else {
                throw .process(reason: "\(name) is \(text), which is no number from \(range.lowerBound) to \(range.upperBound)")
            }
            return number
        }
        let names = [
            (rank: "RANK", size: "WORLD_SIZE", local: "LOCAL_RANK"),
            // srun counts the tasks of its step, which may be fewer than the job's.
            (
                rank: "SLURM_PROCID", size: text("SLURM_STEP_NUM_TASKS") == nil ? "SLURM_NTASKS" : "SLURM_STEP_NUM_TASKS",
                local: "SLURM_LOCALID"
            ),
            (rank: "OMPI_COMM_WORLD_RANK", size: "OMPI_COMM_WORLD_SIZE", local: "OMPI_COMM_WORLD_LOCAL_RANK"),
        ]
        guard let found = names.first(where: { text($0.rank) != nil && text($0.size) != nil }) else {
            if text("RANK") != nil, text("MASTER_ADDR") != nil {
                throw .process(reason: "RANK is set, but WORLD_SIZE, the number of processes, is not")
            }
            if text("WORLD_SIZE") ?? "1" != "1", text("MASTER_ADDR") != nil {
                throw .process(reason: "WORLD_SIZE is set, but RANK, the number of this process, is not")
            }
            return nil
        }
        guard let size = try number(found.size, 1...Self.mostProcesses), size > 1 else { return nil }
        guard let rank = try number(found.rank, 0...size - 1) else { return nil }
        (self.rank, self.size) = (rank, size)
        localRank = try number(found.local, 0...size - 1) ?? rank
        interface = text("GLOO_SOCKET_IFNAME")
        attempt = [text("TORCHELASTIC_RUN_ID"), text("TORCHELASTIC_RESTART_COUNT")].compactMap(\.self).joined(separator: " ")
        if let file = text(Self.fileVariable) {
            meeting = .file(file)
            return
        }
        let host =
            text("MASTER_ADDR") ?? Self.firstHost(text("SLURM_STEP_NODELIST") ?? text("SLURM_NODELIST") ?? text("SLURM_JOB_NODELIST"))
        guard let host else {
            throw .process(
                reason: "rank \(rank) of \(size) does not know where the processes meet: set MASTER_ADDR to the address of rank 0")
        }
        let isOpen = ["true", "1"].contains(text("TORCHELASTIC_USE_AGENT_STORE")?.lowercased() ?? "")
        meeting = .port(try number("MASTER_PORT", 1...65_535) ?? Self.defaultPort, host: host, isOpen: isOpen)
    }

    /// The first host of a list as Slurm writes it: `node[03-05,9],other` begins with node03.
    static func firstHost(_ list: String?) -> String? {
        guard let list, let first = list.split(separator: ",").first else { return nil }
        let sides = first.split(separator: "[", maxSplits: 1)
        guard sides.count == 2 else { return String(first) }
        let number = sides[1].prefix { $0.isNumber }
        return String(sides[0]) + number
    }

    /// Where they meet, in words.
    package var meetingText: String {
        switch meeting {
        case .port(let port, let host, _): "\(host):\(port)"
        case .file(let path): path
        }
    }

    /// From now on the end of the process that started this one is the end of this one too.
    ///
    /// - Throws: ``TensorError/process(reason:)`` where it has ended before.
    package static func endWith(parent: Int32) throws(TensorError) {
        guard amg_end_with(parent) else { throw .process(reason: "the process that started this rank has ended") }
    }
}
