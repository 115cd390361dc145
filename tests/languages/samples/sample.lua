-- Pages in memory.

local M = {}

---@class Page
---@field key string

--- Makes a page.
--- @param key string
function M.new(key)
  local function check(value)
    assert(value)
    return value
  end
  return setmetatable({ key = check(key) }, M)
end

function M:close()
  self.open = false
end

-- Adds numbers.
local function add(a, b)
  return a + b
end

--[[
Finds a page.
]]
M.find = function(key)
  return key
end

local handler = function() return 1 end

M.api = {
  list = function()
    return {}
  end,
}

return M
