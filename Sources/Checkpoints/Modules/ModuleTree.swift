import Archives
import Networks

/// The modules of a whole pickled network as a tree.
struct ModuleTree {
    let module: StoredModule
    /// In the order of registration.
    private(set) var children: [ModuleTree] = []

    var path: String { module.path }
    var className: String { module.className }
    /// The class without its module: `Conv2d`.
    var shortName: String { className.split(separator: ".").last.map(String.init) ?? className }

    static let sequential = "torch.nn.modules.container.Sequential"
    /// Classes that call the only module in them, and do nothing else.
    private static let wrappers: [String: String] = [
        "torch.nn.parallel.data_parallel.DataParallel": "module", "torch.nn.parallel.distributed.DistributedDataParallel": "module",
        "torch._dynamo.eval_frame.OptimizedModule": "_orig_mod", "torch.optim.swa_utils.AveragedModel": "module",
    ]

    /// The network among the modules of a file, without what wraps it; nil where there are no modules, or several networks.
    init?(_ modules: [StoredModule]) {
        guard let first = modules.first else { return nil }
        var inside: [String: [StoredModule]] = [:]
        for module in modules.dropFirst() {
            let point = module.path.lastIndex(of: ".")
            let parent = point.map { String(module.path[..<$0]) } ?? ""
            // A second network in the file has no parent in the first.
            guard parent == first.path || parent.hasPrefix(first.path.isEmpty ? "" : first.path + "."), module.path != first.path else {
                return nil
            }
            inside[parent, default: []].append(module)
        }
        var root = ModuleTree(first, inside)
        while let child = Self.wrappers[root.className], root.module.hooks.isEmpty, root.children.count == 1,
            root.children[0].path.hasSuffix(child)
        { root = root.children[0] }
        self = root
    }

    private init(_ module: StoredModule, _ inside: [String: [StoredModule]]) {
        self.module = module
        children = (inside[module.path] ?? []).map { ModuleTree($0, inside) }
    }

    var isSequential: Bool { className == Self.sequential }

    /// This module and all in it, parents before children.
    var all: [ModuleTree] { [self] + children.flatMap(\.all) }

    func refused(_ reason: String) -> NetworkError { .module(path: path, className: className, reason: reason) }

    /// Hooks change what a module computes; those of `torch.nn.utils` only make its weight of other parameters.
    func checkHooks() throws {
        guard let hook = module.hooks.first(where: { !$0.hasPrefix("torch.nn.utils.") }) else { return }
        throw refused(
            hook == "forward"
                ? "its forward was replaced by an attribute, so its computation is unknown"
                : "a forward hook (\(hook)) may change what it computes: remove the hook and save the module again")
    }
}
