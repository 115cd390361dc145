// Copyright 2024 Somebody

#include <string>

namespace paint {
namespace detail {

// Mixes two colors.
template <typename T>
T mix(const T& a, const T& b) {
  return a + b;
}

}  // namespace detail

/// A brush.
template <typename T, int N = 3>
class Brush final : public Tool<T> {
 public:
  /// Makes a brush.
  explicit Brush(int size) : size_(size) {}
  ~Brush() override = default;

  // The size.
  int size() const noexcept { return size_; }

  void paint(Canvas& canvas);
  virtual T operator()(int x) const = 0;
  Brush& operator=(const Brush&) = delete;

  struct Tip {
    int width;
    int area() { return width * width; }
  };

 private:
  int size_ = 0;
};

/* Paints. */
template <typename T, int N>
void Brush<T, N>::paint(Canvas& canvas) {
  canvas.draw(size_);
}

bool operator==(const Point& a, const Point& b) { return a.x == b.x; }

Point::operator bool() const { return x; }

enum class Color : int { Red, Blue };

using Names = std::vector<std::string>;

auto make(int n) -> std::unique_ptr<Point> {
  auto inner = [n](int m) {
    auto sum = n + m;
    return sum;
  };
  return nullptr;
}

int Point::count = 0;

Color parse(std::string_view text);

const std::string& Point::name() const { return name_; }

}  // namespace paint

PAINT_EXPORT class PAINT_API Canvas : public Surface {
 public:
  using size_type = int;
  PAINT_API void draw(int size);
};

TEST(BrushTest, Paints) {
  EXPECT_EQ(1, 1);
}
