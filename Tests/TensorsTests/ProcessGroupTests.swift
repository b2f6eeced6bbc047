import Foundation
import Synchronization
import Testing

@testable import Tensors

/// Groups whose ranks are threads of this process: the same calls as between processes, over the same sockets.
@Suite("Process groups", .serialized) struct ProcessGroupTests {
    @Test("ranks meet in a file; tensors of any number, type and shape arrive with their bits; sums and texts agree")
    func calls() throws {
        for size in [2, 3] {
            let results = try ranks(size) { group -> [[Double]] in
                let rank = Double(group.rank)
                // Nothing from rank 0, one tensor from rank 1, two from rank 2.
                var own: [Tensor] = []
                if group.rank > 0 { own.append(try Tensor([rank, 1 / 3], shape: [2, 1])) }
                if group.rank > 1 { own.append(try Tensor.zeros([0, 4], dtype: .float32)) }
                let all = try group.gathered(own)
                #expect(all.map(\.count) == Array(0..<size))
                #expect(size < 3 || all[2][1].shape == [0, 4])
                let sum = try Tensor([rank, 1])
                try group.sumInPlace(sum)
                try group.barrier()
                try group.agree(on: [("recipe", "one"), ("data", "two")])
                let last = try group.shared(group.rank == size - 1 ? [Tensor([7, 8] as [Int32])] : [], from: size - 1)
                return [try all[1][0].array(), try sum.array(), try last[0].array()]
            }
            let expected: [[Double]] = [[1, 1 / 3], [Double(size * (size - 1) / 2), Double(size)], [7, 8]]
            for found in results { #expect(try found.get() == expected) }
        }
    }

    @Test("a rank with another text is named by all")
    func disagreement() throws {
        let results = try ranks(3) { group in
            try group.agree(on: [("version", "1"), ("recipe", group.rank == 2 ? "b" : "a")])
        }
        for result in results { #expect(reason(result)?.hasPrefix("rank 2 has another recipe than rank 0") == true, "\(result)") }
    }

    @Test("a rank that stays away, is late, ends or says why it ends is named within the time-out, and later calls say the same")
    func failures() throws {
        let late = try ranks(3, seconds: 1) { group in
            if group.rank == 1 { return }
            try group.barrier()
        }
        for rank in [0, 2] { #expect(reason(late[rank])?.hasPrefix("rank 1 ended before") == true, "\(late[rank])") }

        let sleeping = try ranks(2, seconds: 1) { group in
            if group.rank == 1 { return Thread.sleep(forTimeInterval: 2) }
            try group.barrier()
        }
        #expect(reason(sleeping[0])?.hasPrefix("rank 1 did not answer within 1 s") == true, "\(sleeping[0])")

        let speaking = try ranks(2, seconds: 5) { group in
            if group.rank == 1 { return group.leave(saying: "b.pt: no such file") }
            for _ in 0..<2 {
                do throws(TensorError) { try group.barrier() } catch {
                    #expect(error == .process(reason: "rank 1 stopped: b.pt: no such file"))
                }
            }
        }
        #expect(speaking.allSatisfy { (try? $0.get()) != nil })

        let missing = try ranks(3, started: [0, 1], seconds: 0.3) { _ in }
        #expect(missing.contains { reason($0)?.contains("rank 2 of 3 did not come to") == true }, "\(missing)")
    }

    @Test("a world size that lies, a rank that is there twice, and another version are named at the meeting")
    func meeting() throws {
        let file = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        let sizes = try run([(0, 3), (1, 2)], file: file, seconds: 5) { _ in }
        #expect(sizes.contains { reason($0)?.contains("WORLD_SIZE must be the same") == true }, "\(sizes)")
        let twice = try run([(0, 2), (0, 2)], file: file + "2", seconds: 0.5) { _ in }
        #expect(twice.contains { reason($0)?.contains("two processes say that they are rank 0 of 2") == true }, "\(twice)")
        let versions = try run([(0, 2), (1, 2)], file: file + "3", versions: ["amalgam 1", "amalgam 2"], seconds: 5) { _ in }
        #expect(versions.contains { reason($0)?.contains("install one version") == true }, "\(versions)")
    }

    @Test("a port in use, and nobody at the port, are said with what to do")
    func ports() throws {
        let first = try #require(try ProcessPlace(environment(rank: 0, size: 2, port: freePort())))
        guard case .port(let port, _, _) = first.meeting else { return }
        let holder = try ProcessStore(first, seconds: 1)
        #expect(
            throws: TensorError.process(
                reason: "port \(port) of this machine is in use: set MASTER_PORT to a free one, the same for all ranks")
        ) {
            _ = try ProcessGroup(first, version: "1", seconds: 1)
        }
        withExtendedLifetime(holder) {}
        let other = try #require(try ProcessPlace(environment(rank: 1, size: 2, port: freePort())))
        let error = #expect(throws: TensorError.self) { _ = try ProcessGroup(other, version: "1", seconds: 1) }
        #expect(error?.description.contains("did not reach rank 0 at 127.0.0.1:") == true, "\(String(describing: error))")
    }

    @Test("the place is read from torchrun's, Slurm's and Open MPI's variables; what contradicts itself is said")
    func variables() throws {
        let own = try #require(
            try ProcessPlace([
                "RANK": "3", "WORLD_SIZE": "4", "LOCAL_RANK": "1", "MASTER_ADDR": "n1", "MASTER_PORT": "1234",
                "TORCHELASTIC_USE_AGENT_STORE": "True", "TORCHELASTIC_RESTART_COUNT": "2",
            ]))
        #expect(
            own.rank == 3 && own.size == 4 && own.localRank == 1 && own.meeting == .port(1234, host: "n1", isOpen: true)
                && own.attempt == "2")
        let slurm = try #require(
            try ProcessPlace([
                "SLURM_PROCID": "1", "SLURM_NTASKS": "2", "SLURM_LOCALID": "0", "SLURM_NODELIST": "gpu[07-09,12],login",
                "MASTER_PORT": "1235",
            ]))
        #expect(slurm.meeting == .port(1235, host: "gpu07", isOpen: false) && slurm.localRank == 0)
        let mpi = try #require(
            try ProcessPlace(["OMPI_COMM_WORLD_RANK": "0", "OMPI_COMM_WORLD_SIZE": "2", "MASTER_ADDR": "10.0.0.1"]))
        #expect(mpi.meeting == .port(29500, host: "10.0.0.1", isOpen: false))
        #expect(ProcessPlace.firstHost("node1,node2") == "node1" && ProcessPlace.firstHost("") == nil)
        // One process, and variables that belong to something else.
        #expect(try ProcessPlace([:]) == nil)
        #expect(try ProcessPlace(["RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "n1"]) == nil)
        for (variables, words) in [
            (["RANK": "2", "WORLD_SIZE": "2", "MASTER_ADDR": "n"], "RANK is 2, which is no number from 0 to 1"),
            (["RANK": "0", "WORLD_SIZE": "-3", "MASTER_ADDR": "n"], "WORLD_SIZE is -3"),
            (["RANK": "0", "WORLD_SIZE": "2", "MASTER_ADDR": "n", "MASTER_PORT": "99999"], "MASTER_PORT is 99999"),
            (["RANK": "0", "WORLD_SIZE": "2"], "set MASTER_ADDR"),
            (["RANK": "0", "MASTER_ADDR": "n"], "WORLD_SIZE, the number of processes, is not"),
        ] {
            let error = #expect(throws: TensorError.self) { _ = try ProcessPlace(variables) }
            #expect(error?.description.contains(words) == true, "\(variables)")
        }
    }

    // MARK: Ranks

    private func ranks<Value: Sendable>(
        _ size: Int, started: [Int]? = nil, seconds: Double = 20, _ body: @escaping @Sendable (ProcessGroup) throws -> Value
    ) throws -> [Result<Value, any Error>] {
        let file = temporaryFile()
        defer { try? FileManager.default.removeItem(atPath: file) }
        return try run((started ?? Array(0..<size)).map { ($0, size) }, file: file, seconds: seconds, body)
    }

    private func run<Value: Sendable>(
        _ all: [(rank: Int, size: Int)], file: String, versions: [String] = [], seconds: Double,
        _ body: @escaping @Sendable (ProcessGroup) throws -> Value
    ) throws -> [Result<Value, any Error>] {
        let results = Mutex<[Int: Result<Value, any Error>]>([:])
        var threads: [Thread] = []
        let done = DispatchGroup()
        for (index, one) in all.enumerated() {
            done.enter()
            let thread = Thread {
                let result = Result {
                    let variables = ["RANK": "\(one.rank)", "WORLD_SIZE": "\(one.size)", ProcessPlace.fileVariable: file]
                    let place = try #require(try ProcessPlace(variables))
                    return try body(
                        ProcessGroup(place, version: versions.isEmpty ? "amalgam 1" : versions[index], seconds: seconds))
                }
                results.withLock { $0[index] = result }
                done.leave()
            }
            threads.append(thread)
            thread.start()
        }
        done.wait()
        return results.withLock { found in all.indices.compactMap { found[$0] } }
    }

    private func reason(_ result: Result<some Any, any Error>) -> String? {
        guard case .failure(let error) = result, case TensorError.process(let reason) = error else { return nil }
        return reason
    }

    private func temporaryFile() -> String { NSTemporaryDirectory() + "amalgam-meeting-\(UUID().uuidString)" }

    private func environment(rank: Int, size: Int, port: Int) -> [String: String] {
        ["RANK": "\(rank)", "WORLD_SIZE": "\(size)", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "\(port)"]
    }

    /// A port that nothing listens on.
    private func freePort() throws -> Int {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in(), length = socklen_t(MemoryLayout<sockaddr_in>.size)
        address.sin_family = sa_family_t(AF_INET)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(socket, $0, length) == 0 && getsockname(socket, $0, &length) == 0
            }
        }
        try #require(bound)
        return Int(UInt16(bigEndian: address.sin_port))
    }
}
