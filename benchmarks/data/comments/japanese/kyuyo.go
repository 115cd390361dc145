package kyuyo

import "errors"

// Shain は給料の計算に必要な情報を持つ
type Shain struct {
	Name  string
	Base  float64
	Years int
}

// Shikyu は基本給に勤続年数の手当を足す
func (s Shain) Shikyu() float64 {
	return s.Base + float64(s.Years)*3000
}

// Zei は収入の段階に応じて源泉徴収額を決める
func Zei(pay float64) float64 {
	switch {
	case pay < 200000:
		return pay * 0.05
	case pay < 400000:
		return pay * 0.1
	default:
		// この金額から上は税率が変わらない
		return pay * 0.2
	}
}

// Tedori は税金と社会保険料を差し引いた手取り額を返す
func Tedori(s Shain) float64 {
	pay := s.Shikyu()
	return pay - Zei(pay) - pay*0.145
}

// Shoyo は働いた月数に応じて年二回の賞与を割り当てる
func Shoyo(s Shain, months int) (float64, error) {
	if months < 0 || months > 12 {
		return 0, errors.New("月数は零から十二まで")
	}
	return s.Base * 2 * float64(months) / 12, nil
}

// Saikou は最も給料の高い社員を見つける
func Saikou(all []Shain) (best Shain) {
	for _, s := range all {
		if s.Shikyu() > best.Shikyu() {
			best = s
		}
	}
	return best
}
