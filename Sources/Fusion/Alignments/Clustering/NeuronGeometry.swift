/// Neurons as points: their inner products as far as a fit can represent them, and the squared length of what it cannot.
///
/// With D the inputs and P the projection on their span, the products are those of P a; the distance of a neuron's values from the
/// fit u of some mixture is √(residual + ‖P a − u‖²). A ridge only lengthens D by √λ I, and the same holds.
struct NeuronGeometry: Sendable {
    /// Nothing is known: positions decide.
    static let none = NeuronGeometry(products: [], squaredLengths: [])

    let count: Int
    /// count × count, row-major.
    let products: [Double]
    /// The squared length of what of each neuron the fit leaves over.
    let residuals: [Double]

    /// Distances and residuals below this share of the squared lengths are rounding, and taken for zero: where copies of a neuron lie at a distance by
    /// chance, one that matters little would cost less elsewhere.
    private let precision: Double

    init(products: [Double], squaredLengths: [Double], precision: Double = 0) {
        let count = squaredLengths.count
        self.init(
            products: products,
            residuals: squaredLengths.enumerated().map { max(0, $0.element - products[$0.offset * count + $0.offset]) },
            precision: precision)
    }

    private init(products: [Double], residuals: [Double], precision: Double) {
        count = residuals.count
        self.products = products
        self.precision = precision
        let count = count
        self.residuals =
            precision > 0
            ? residuals.enumerated().map { $0.element < precision * products[$0.offset * count + $0.offset] ? 0 : $0.element } : residuals
    }

    /// The same residuals with more of the neurons represented: `more` is added to the inner products, which are then precise to a share
    /// of the squared lengths.
    func adding(_ more: [Double], precision: Double) -> NeuronGeometry {
        NeuronGeometry(products: zip(products, more).map(+), residuals: residuals, precision: precision)
    }

    func squaredDistance(_ first: Int, _ second: Int) -> Double {
        guard first != second else { return 0 }
        let energy = products[first * count + first] + products[second * count + second]
        let distance = energy - 2 * products[first * count + second]
        return distance > precision * energy ? distance : 0
    }

    /// The squared length of a neuron's own values.
    func squaredLength(_ neuron: Int) -> Double { residuals[neuron] + products[neuron * count + neuron] }
}
