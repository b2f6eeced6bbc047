/// Lists a folder.
struct BrowseJob: Job {
    static let lane = JobLane.files
    static let title = "reading a folder"
    static let replaced: [any Job.Type] = [BrowseJob.self, InspectJob.self]

    var folder: String

    func run(on engine: any Engine, _ control: JobControl) throws -> FolderSnapshot { try engine.browse(folder, control: control) }

    func receive(_ listing: FolderSnapshot, _ model: inout Model, began: Double, now: Double) -> [Effect] { model.receive(listing) }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.changeBrowser { $0.listing = .failed(reason) }
        return []
    }
}

/// Recognises the checkpoint in a file.
struct InspectJob: Job {
    static let lane = JobLane.files
    static let title = "inspecting a file"
    static let replaced: [any Job.Type] = [InspectJob.self]

    var path: String

    func run(on engine: any Engine, _ control: JobControl) throws -> FilePreview { try engine.inspect(path, control: control) }

    func receive(_ preview: FilePreview, _ model: inout Model, began: Double, now: Double) -> [Effect] {
        model.changeBrowser { if $0.previewed == path { $0.preview = .ready(preview) } }
        return []
    }

    func receiveFailure(_ reason: String, _ model: inout Model, now: Double) -> [Effect] {
        model.changeBrowser { if $0.previewed == path { $0.preview = .failed(reason) } }
        return []
    }
}
