import Tensors

extension Device {
    /// Why nothing can be computed there, as a setting that cannot be had; nil where it can.
    func fault() throws(TrainingError) -> TrainingError? {
        guard case .cuda = self, let reason = Self.noGPU(try lifting { try Torch.cuda() }) else { return nil }
        return .setting(name: FineTuning.device.key, value: "cuda", allowed: "cpu: \(reason)")
    }

    /// Why nothing can be computed on a GPU, and what to do; nil where it can.
    static func noGPU(_ support: Torch.CUDASupport) -> String? {
        switch support {
        case .notBuilt:
            "this libtorch was built without CUDA: point LIBTORCH at a build with CUDA, or set AMALGAM_USE_PYTORCH=1 where the installed PyTorch has it, and build again"
        case .devices(0):
            "this libtorch has CUDA but finds no GPU: check with nvidia-smi whether the driver sees one; CUDA_VISIBLE_DEVICES may hide it"
        case .devices: nil
        }
    }
}
